using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>The weights of one direction.</summary>
/// <param name="Input">[gates · hidden, size]</param>
/// <param name="Hidden">[gates · hidden, hidden]</param>
/// <param name="Bias">[2 · gates · hidden]: for the input, then for the hidden state.</param>
/// <param name="Peepholes">[3 · hidden] of an LSTM: i, o, f.</param>
internal sealed record RecurrentWeights(torch.Tensor Input, torch.Tensor Hidden, torch.Tensor? Bias, torch.Tensor? Peepholes);

/// <summary>One direction of a recurrent layer, step by step.</summary>
internal sealed class RecurrentCell(int gates, long hidden, Func<torch.Tensor, torch.Tensor>[] activations, float clip, bool inputForget, bool linearBeforeReset)
{
    // x: [time, batch, size]; h, c: [batch, hidden] → y: [time, batch, hidden]
    public (torch.Tensor Y, torch.Tensor H, torch.Tensor? C) Run(torch.Tensor x, RecurrentWeights weights, torch.Tensor h, torch.Tensor? c, long[]? lengths)
    {
        long width = gates * hidden;
        torch.Tensor? inputBias = weights.Bias?.narrow(0, 0, width);
        torch.Tensor? hiddenBias = weights.Bias?.narrow(0, width, width);

        // The part of the input does not depend on the state: one product for all steps.
        torch.Tensor projected = torch.nn.functional.linear(x, weights.Input, inputBias);
        torch.Tensor[] peepholes = weights.Peepholes is null ? [] : weights.Peepholes.chunk(3);
        List<torch.Tensor> outputs = [];
        for (long t = 0; t < x.shape[0]; t++)
        {
            torch.Tensor step = projected.select(0, t);
            torch.Tensor recurrent = torch.nn.functional.linear(h, weights.Hidden, hiddenBias);
            torch.Tensor newHidden;
            torch.Tensor? newCell = null;
            switch (gates)
            {
                case 4:
                    (newHidden, newCell) = Lstm(step.Plus(recurrent), c!, peepholes);
                    break;
                case 3:
                    newHidden = Gru(step, recurrent, h, weights.Hidden, hiddenBias);
                    break;
                default:
                    newHidden = activations[0](Clip(step.Plus(recurrent)));
                    break;
            }

            if (lengths is null)
            {
                (h, c) = (newHidden, newCell);
                outputs.Add(h);
                continue;
            }

            // A sequence that has ended keeps its state, and puts out zeros.
            torch.Tensor alive = torch.tensor(Array.ConvertAll(lengths, length => t < length), device: x.device).unsqueeze(1);
            h = torch.where(alive, newHidden, h);
            c = newCell is null ? null : torch.where(alive, newCell, c!);
            outputs.Add(newHidden * alive.to(newHidden.dtype));
        }

        return (torch.stack(outputs, 0), h, c);
    }

    private torch.Tensor Clip(torch.Tensor x) => clip > 0 ? x.Clamp(-clip, clip) : x;

    private (torch.Tensor H, torch.Tensor C) Lstm(torch.Tensor sums, torch.Tensor c, torch.Tensor[] peepholes)
    {
        torch.Tensor[] parts = sums.chunk(4, -1);
        bool peeps = peepholes.Length == 3;
        torch.Tensor input = activations[0](Clip(peeps ? parts[0].Plus(peepholes[0] * c) : parts[0]));
        torch.Tensor forget = inputForget ? input.SubtractedFrom(1) : activations[0](Clip(peeps ? parts[2].Plus(peepholes[2] * c) : parts[2]));
        torch.Tensor cell = (forget * c).Plus(input * activations[1](Clip(parts[3])));
        torch.Tensor output = activations[0](Clip(peeps ? parts[1].Plus(peepholes[1] * cell) : parts[1]));
        return (output * activations[2](cell), cell);
    }

    private torch.Tensor Gru(torch.Tensor step, torch.Tensor recurrent, torch.Tensor h, torch.Tensor hiddenWeight, torch.Tensor? hiddenBias)
    {
        torch.Tensor[] fromInput = step.chunk(3, -1);
        torch.Tensor[] fromHidden = recurrent.chunk(3, -1);
        torch.Tensor update = activations[0](Clip(fromInput[0].Plus(fromHidden[0])));
        torch.Tensor reset = activations[0](Clip(fromInput[1].Plus(fromHidden[1])));
        torch.Tensor candidate = linearBeforeReset
            ? fromInput[2].Plus(reset * fromHidden[2])
            : fromInput[2].Plus(torch.nn.functional.linear(reset * h, hiddenWeight.narrow(0, 2 * hidden, hidden), hiddenBias?.narrow(0, 2 * hidden, hidden)));
        return (update.SubtractedFrom(1) * activations[1](Clip(candidate))).Plus(update * h);
    }
}

using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Recurrent networks: LSTM, GRU and the simple RNN, in both directions, with sequence lengths.</summary>
/// <remarks>Gates are stored in ONNX's order: i, o, f, c for LSTM and z, r, h for GRU.</remarks>
internal static class Recurrent
{
    private static readonly string[] LstmActivations = ["Sigmoid", "Tanh", "Tanh"];
    private static readonly string[] GruActivations = ["Sigmoid", "Tanh"];
    private static readonly string[] RnnActivations = ["Tanh"];

    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        new(string.Empty, "LSTM", 7, node => Layer(node, 4)),
        new(string.Empty, "GRU", 7, node => Layer(node, 3)),
        new(string.Empty, "RNN", 7, node => Layer(node, 1)),
    ];

    // x: [time, batch, size], w: [directions, gates · hidden, size], r: [directions, gates · hidden, hidden], b: [directions, 2 · gates · hidden]
    private static OperatorBody Layer(NodeContext node, int gates)
    {
        long hidden = node.Attributes.RequiredInt("hidden_size");
        bool batchFirst = node.Attributes.Flag("layout");
        string direction = node.Attributes.String("direction", "forward");
        int directions = direction == "bidirectional" ? 2 : 1;
        int functions = gates == 4 ? 3 : gates == 3 ? 2 : 1;
        string[] names = node.Attributes.Strings("activations")
            ?? [.. Enumerable.Repeat(gates == 4 ? LstmActivations : gates == 3 ? GruActivations : RnnActivations, directions).SelectMany(name => name)];
        Func<torch.Tensor, torch.Tensor>[] activations = Activations(node, names);
        RecurrentCell[] cells = [.. Enumerable.Range(0, directions).Select(i => new RecurrentCell(
            gates,
            hidden,
            activations[(i * functions)..((i + 1) * functions)],
            node.Attributes.Float("clip", 0f),
            node.Attributes.Flag("input_forget"),
            node.Attributes.Flag("linear_before_reset")))];
        return inputs =>
        {
            torch.Tensor x = batchFirst ? inputs.Tensor(0).transpose(0, 1) : inputs.Tensor(0);
            long time = x.shape[0];
            long batch = x.shape[1];
            long[]? lengths = inputs.OptionalIntegers(4);
            lengths = lengths is null || lengths.All(length => length == time) ? null : lengths;
            List<torch.Tensor> sequences = [];
            List<torch.Tensor> lastHidden = [];
            List<torch.Tensor> lastCell = [];
            for (int d = 0; d < directions; d++)
            {
                bool backward = direction == "reverse" || d == 1;
                torch.Tensor sequence = backward ? Backward(x, lengths) : x;
                RecurrentWeights weights = new(
                    inputs.Tensor(1).select(0, d),
                    inputs.Tensor(2).select(0, d),
                    inputs.OptionalTensor(3)?.select(0, d),
                    gates == 4 ? inputs.OptionalTensor(7)?.select(0, d) : null);
                (torch.Tensor y, torch.Tensor h, torch.Tensor? c) = cells[d].Run(sequence, weights, State(inputs, 5, d), gates == 4 ? State(inputs, 6, d) : null, lengths);
                sequences.Add(backward ? Backward(y, lengths) : y);
                lastHidden.Add(h);
                if (c is not null)
                {
                    lastCell.Add(c);
                }
            }

            // [time, directions, batch, hidden]; batch first: [batch, time, directions, hidden]
            torch.Tensor all = torch.stack(sequences, 1);
            return
            [
                batchFirst ? all.permute(2, 0, 1, 3) : all,
                Stack(lastHidden),
                lastCell.Count > 0 ? Stack(lastCell) : (GraphValue?)null,
            ];

            torch.Tensor State(OperatorInputs given, int index, int d) =>
                given.OptionalTensor(index) is { } initial
                    ? initial.select(batchFirst ? 1 : 0, d)
                    : torch.zeros([batch, hidden], x.dtype, x.device);

            torch.Tensor Stack(List<torch.Tensor> states) => torch.stack(states, batchFirst ? 1 : 0);
        };
    }

    private static torch.Tensor Backward(torch.Tensor x, long[]? lengths) => lengths is null ? x.flip(0) : Indexing.Reverse(x, lengths, 0, 1);

    private static Func<torch.Tensor, torch.Tensor>[] Activations(NodeContext node, string[] names)
    {
        Queue<float> alphas = new(node.Attributes.Floats("activation_alpha") ?? []);
        Queue<float> betas = new(node.Attributes.Floats("activation_beta") ?? []);
        return [.. names.Select(Activation)];

        Func<torch.Tensor, torch.Tensor> Activation(string name)
        {
            switch (name.ToUpperInvariant())
            {
                case "SIGMOID": return x => x.sigmoid();
                case "TANH": return x => x.tanh();
                case "RELU": return x => x.relu();
                case "SOFTSIGN": return x => x / x.abs().Plus(1);
                case "SOFTPLUS": return x => x.Softplus();
                case "LEAKYRELU": float slope = Next(alphas, 0.01f); return x => x.LeakyRelu(slope);
                case "ELU": float elu = Next(alphas, 1f); return x => x.Elu(elu);
                case "THRESHOLDEDRELU": float bound = Next(alphas, 1f); return x => x * x.Gt(bound).to(x.dtype);
                case "HARDSIGMOID":
                    float a = Next(alphas, 0.2f);
                    float b = Next(betas, 0.5f);
                    return x => Operators.Activations.HardSigmoid(x, a, b);
                case "AFFINE":
                    float factor = Next(alphas, 1f);
                    float offset = Next(betas, 0f);
                    return x => x.Times(factor).Plus(offset);
                case "SCALEDTANH":
                    float outer = Next(alphas, 1f);
                    float inner = Next(betas, 1f);
                    return x => x.Times(inner).tanh().Times(outer);
                default: throw node.Unsupported($"the activation '{name}' has no rule");
            }
        }
    }

    private static float Next(Queue<float> values, float otherwise) => values.TryDequeue(out float value) ? value : otherwise;
}

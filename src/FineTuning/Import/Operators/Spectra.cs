using MLTransfer.FineTuning.Import.Values;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Fourier transforms. Complex numbers are pairs in the last axis.</summary>
internal static class Spectra
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("DFT", 17, node => Dft(node, node.Attributes.Int("axis", 1), false)),
        OperatorDefinition.Of("DFT", 20, node => Dft(node, -2, true)),
        OperatorDefinition.Of("STFT", 17, Stft),
    ];

    // x: […, length, …, 1 or 2] → […, frequencies, …, 2]
    private static Func<OperatorInputs, GraphValue> Dft(NodeContext node, long axis, bool axisIsInput)
    {
        bool inverse = node.Attributes.Flag("inverse");
        bool oneSided = node.Attributes.Flag("onesided");
        if (inverse && oneSided)
        {
            throw node.Unsupported("the inverse of a one-sided transform has no rule");
        }

        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            long along = Axes.Normalize(axisIsInput && inputs.Has(2) ? inputs.Integer(2) : axis, x.dim());
            long length = inputs.Has(1) ? inputs.Integer(1) : x.shape[along];
            torch.Tensor complex = torch.complex(x.select(-1, 0).contiguous(), x.shape[^1] == 2 ? x.select(-1, 1).contiguous() : torch.zeros_like(x.select(-1, 0).contiguous()));
            torch.Tensor y = inverse ? torch.fft.ifft(complex, length, along) : torch.fft.fft_(complex, length, along);
            return (oneSided ? y.narrow(along, 0, (length / 2) + 1) : y).view_as_real();
        };
    }

    // signal: [batch, samples, 1] → [batch, frames, frequencies, 2]
    private static Func<OperatorInputs, GraphValue> Stft(NodeContext node)
    {
        bool oneSided = node.Attributes.Flag("onesided", true);
        return inputs =>
        {
            torch.Tensor signal = inputs.Tensor(0);
            if (signal.dim() == 3 && signal.shape[2] == 2)
            {
                throw node.Unsupported("a complex signal has no rule");
            }

            torch.Tensor samples = signal.reshape(signal.shape[0], signal.shape[1]);
            long step = inputs.Integer(1);
            torch.Tensor? window = inputs.OptionalTensor(2);
            long length = inputs.Has(3) ? inputs.Integer(3) : window?.shape[0] ?? throw new ImportException("neither a window nor a frame length is given");
            torch.Tensor frames = samples.unfold(1, length, step);
            frames = window is null ? frames : frames * window;
            torch.Tensor y = oneSided ? torch.fft.rfft(frames, length) : torch.fft.fft_(torch.complex(frames.contiguous(), torch.zeros_like(frames.contiguous())), length);
            return y.view_as_real();
        };
    }
}

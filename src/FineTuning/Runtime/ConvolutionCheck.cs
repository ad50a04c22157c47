using TorchSharp;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>Compares a handful of convolutions with the same ones in double precision, which another library computes.</summary>
/// <remarks>
/// oneDNN 3.7 was seen to compute wrong convolutions, without an error, on processors that hide the sizes of their caches.
/// Training on such numbers would end in a bad model that nobody can explain, so the first use of a process checks. See docs/decisions/convolutions.md.
/// </remarks>
internal static class ConvolutionCheck
{
    private const double Tolerance = 1e-3;

    // Batch, channels, size, filters, kernel, stride, padding, dilation, groups: sizes that are no multiple of a vector, and a dilated depthwise one.
    private static readonly int[][] Shapes =
    [
        [2, 20, 7, 8, 7, 2, 1, 1, 1],
        [4, 10, 8, 4, 5, 1, 0, 1, 1],
        [1, 17, 8, 24, 5, 2, 1, 1, 1],
        [4, 48, 14, 24, 5, 1, 2, 1, 1],
        [4, 3, 14, 17, 3, 1, 1, 1, 1],
        [2, 64, 8, 64, 3, 1, 1, 2, 64],
        [1, 16, 8, 32, 1, 1, 0, 1, 1],
    ];

    /// <summary>What is wrong with the convolutions of this process; null if nothing.</summary>
    public static string? FindFault()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable gradient = torch.enable_grad();

        // A generator of its own: the check must not move the state that a user has seeded.
        using torch.Generator generator = new(1);
        foreach (int[] shape in Shapes)
        {
            foreach (bool channelsLast in (bool[])[false, true])
            {
                if (FindFault(shape, channelsLast, generator) is { } fault)
                {
                    return fault;
                }
            }
        }

        return null;
    }

    private static string? FindFault(int[] shape, bool channelsLast, torch.Generator generator)
    {
        torch.Tensor x = torch.randn([shape[0], shape[1], shape[2], shape[2]], generator: generator);
        torch.Tensor weight = torch.randn([shape[3], shape[1] / shape[8], shape[4], shape[4]], generator: generator);
        torch.Tensor[] expected = Run(x.to(torch.ScalarType.Float64), weight.to(torch.ScalarType.Float64), shape);
        torch.Tensor[] actual = Run(channelsLast ? ChannelsLast(x) : x, channelsLast ? ChannelsLast(weight) : weight, shape);
        string[] results = ["result", "gradient of the input", "gradient of the weight"];
        for (int i = 0; i < results.Length; i++)
        {
            double scale = expected[i].abs().max().ToNumber();
            double error = (actual[i] - expected[i]).abs().max().ToNumber();

            // Written so that NaN is a fault.
            if (!(error <= Tolerance * scale))
            {
                return $"the {results[i]} of a convolution of {shape[1]} channels with {shape[3]} filters of {shape[4]}×{shape[4]} is wrong by {error / scale:0.0e+00} of its size";
            }
        }

        return null;
    }

    /// <summary>A convolution and the gradients of the sum of its squares, halved.</summary>
    private static torch.Tensor[] Run(torch.Tensor x, torch.Tensor weight, int[] shape)
    {
        x = x.detach().requires_grad_(true);
        weight = weight.detach().requires_grad_(true);
        torch.Tensor y = torch.nn.functional.conv2d(x, weight, null, [shape[5], shape[5]], [shape[6], shape[6]], [shape[7], shape[7]], shape[8]);
        (y * y).Times(0.5).sum().backward();
        return [y.detach(), x.grad!, weight.grad!];
    }

    private static torch.Tensor ChannelsLast(torch.Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}

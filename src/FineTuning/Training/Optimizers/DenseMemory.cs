using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>The memory of float tensors on the CPU, without a copy.</summary>
internal static class DenseMemory
{
    /// <summary>The elements in the order in which they lie, for row-major tensors and for images with their channels last; null for any other layout, type or device.</summary>
    public static unsafe float* Of(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || tensor.numel() == 0)
        {
            return null;
        }

        if (tensor.is_contiguous())
        {
            return Pointer(tensor);
        }

        if (tensor.dim() is 4)
        {
            using Tensor detached = tensor.detach();
            using Tensor last = detached.permute(0, 2, 3, 1);
            return last.is_contiguous() ? Pointer(last) : null;
        }

        return null;
    }

    /// <summary>Whether two tensors have their elements in the same order.</summary>
    public static bool SameLayout(Tensor left, Tensor right) => left.stride().AsSpan().SequenceEqual(right.stride());

    // The memory belongs to the tensor, not to the view that is asked for it.
    private static unsafe float* Pointer(Tensor tensor)
    {
        fixed (byte* bytes = tensor.bytes)
        {
            return (float*)bytes;
        }
    }
}

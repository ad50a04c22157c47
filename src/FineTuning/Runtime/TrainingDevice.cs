using System.Globalization;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using TorchSharp;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>Where Torch trains: on the GPU that ONNX Runtime was asked to use, where that is one of NVIDIA's, and on the processor otherwise.</summary>
internal static class TrainingDevice
{
    /// <summary>The device.</summary>
    /// <param name="inference">Where the frozen part runs, and whether the processor may take over.</param>
    /// <param name="fallback">Told why the processor takes over.</param>
    /// <exception cref="UserException">The GPU is not there, and the processor may not take over.</exception>
    public static torch.Device Of(InferenceOptions inference, Action<string> fallback)
    {
        if (inference.Provider is not (ExecutionProvider.Cuda or ExecutionProvider.TensorRt))
        {
            return torch.CPU;
        }

        int devices = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (inference.DeviceId < devices)
        {
            return new torch.Device(DeviceType.CUDA, inference.DeviceId);
        }

        string reason = devices == 0
            ? "TorchSharp finds no GPU with CUDA to train on"
            : string.Create(CultureInfo.InvariantCulture, $"TorchSharp finds {devices} GPU with CUDA, and number {inference.DeviceId} was asked for (the first is 0)");
        if (!inference.AllowFallback)
        {
            throw new UserException($"{reason}. Build with -p:UseGpu=true, and install NVIDIA's driver. Or set allowFallback to train on the processor.");
        }

        fallback($"{reason}: the processor takes over.");
        return torch.CPU;
    }
}

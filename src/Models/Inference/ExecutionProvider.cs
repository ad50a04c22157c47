namespace MLTransfer.Models.Inference;

/// <summary>Where ONNX Runtime computes.</summary>
public enum ExecutionProvider
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>NVIDIA GPUs; needs a build with <c>-p:UseGpu=true</c>, CUDA and cuDNN.</summary>
    Cuda,

    /// <summary>NVIDIA GPUs through TensorRT; needs a build with <c>-p:UseGpu=true</c> and TensorRT.</summary>
    TensorRt,

    /// <summary>DirectX 12 GPUs on Windows; needs the package Microsoft.ML.OnnxRuntime.DirectML.</summary>
    DirectMl,

    /// <summary>Apple's Neural Engine and GPU; part of ONNX Runtime on macOS.</summary>
    CoreMl,
}

using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Models.Inference;

/// <summary>Makes ONNX Runtime sessions. A session is safe to share between threads.</summary>
internal static class SessionFactory
{
    /// <summary>Makes a session for a graph in memory.</summary>
    /// <exception cref="UserException">The execution provider is not available, or ONNX Runtime does not accept the graph.</exception>
    public static InferenceSession Create(OnnxModel model, InferenceOptions options, string name)
    {
        if (OnnxWriter.EmbeddedSize(model.Proto) > OnnxWriter.ProtobufLimit)
        {
            return CreateFromFile(model, options, name);
        }

        byte[] bytes = model.WithEmbeddedData().ToBytes();
        return Create(options, name, session => new InferenceSession(bytes, session));
    }

    /// <summary>What this build of ONNX Runtime can compute on.</summary>
    public static IReadOnlyList<ExecutionProvider> Available()
    {
        string[] names = OrtEnv.Instance().GetAvailableProviders();
        return [.. Enum.GetValues<ExecutionProvider>().Where(provider => names.Contains(RuntimeName(provider)))];
    }

    /// <summary>Throws where the provider is not part of this build of ONNX Runtime and none may take its place.</summary>
    public static void RequireProvider(InferenceOptions options)
    {
        if (options.Provider != ExecutionProvider.Cpu && !options.AllowFallback && !Available().Contains(options.Provider))
        {
            throw new UserException(
                $"The execution provider {options.Provider} is not part of this build of ONNX Runtime, which has {string.Join(", ", Available())}. "
                + $"{Remedy(options.Provider)} Or set allowFallback to compute on the processor.");
        }
    }

    /// <summary>A graph of more than 2 GB goes through a file, as ONNX Runtime needs it then.</summary>
    private static InferenceSession CreateFromFile(OnnxModel model, InferenceOptions options, string name)
    {
        string folder = Directory.CreateTempSubdirectory("mltransfer-").FullName;
        try
        {
            string path = Path.Combine(folder, "model.onnx");
            model.Save(path, externalData: true);
            return Create(options, name, session => new InferenceSession(path, session));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static InferenceSession Create(InferenceOptions options, string name, Func<SessionOptions, InferenceSession> create)
    {
        using SessionOptions session = new()
        {
            GraphOptimizationLevel = options.GraphOptimization switch
            {
                GraphOptimization.None => GraphOptimizationLevel.ORT_DISABLE_ALL,
                GraphOptimization.Basic => GraphOptimizationLevel.ORT_ENABLE_BASIC,
                GraphOptimization.Extended => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
            },
            IntraOpNumThreads = options.IntraOpThreads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        AddProvider(session, options);
        try
        {
            return create(session);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new UserException($"ONNX Runtime cannot run backbone '{name}': {exception.Message}", exception);
        }
    }

    private static void AddProvider(SessionOptions session, InferenceOptions options)
    {
        RequireProvider(options);
        if (options.Provider == ExecutionProvider.Cpu || !Available().Contains(options.Provider))
        {
            return;
        }

        try
        {
            switch (options.Provider)
            {
                case ExecutionProvider.Cuda:
                    session.AppendExecutionProvider_CUDA(options.DeviceId);
                    break;
                case ExecutionProvider.TensorRt:
                    session.AppendExecutionProvider_Tensorrt(options.DeviceId);
                    session.AppendExecutionProvider_CUDA(options.DeviceId);
                    break;
                case ExecutionProvider.DirectMl:
                    session.AppendExecutionProvider_DML(options.DeviceId);
                    break;
                case ExecutionProvider.CoreMl:
                    session.AppendExecutionProvider("CoreML", []);
                    break;
            }
        }
        catch (OnnxRuntimeException exception) when (options.AllowFallback)
        {
            _ = exception; // The processor takes over, as asked.
        }
        catch (OnnxRuntimeException exception)
        {
            throw new UserException(
                $"The execution provider {options.Provider} does not start on device {options.DeviceId}: {exception.Message} "
                + $"{Remedy(options.Provider)} Or set allowFallback to compute on the processor.",
                exception);
        }
    }

    private static string Remedy(ExecutionProvider provider) => provider switch
    {
        ExecutionProvider.Cuda => "Build with -p:UseGpu=true, and install CUDA and cuDNN.",
        ExecutionProvider.TensorRt => "Build with -p:UseGpu=true, and install CUDA, cuDNN and TensorRT.",
        ExecutionProvider.DirectMl => "Reference the package Microsoft.ML.OnnxRuntime.DirectML (Windows only).",
        _ => "It is part of ONNX Runtime on macOS only.",
    };

    private static string RuntimeName(ExecutionProvider provider) => provider switch
    {
        ExecutionProvider.Cuda => "CUDAExecutionProvider",
        ExecutionProvider.TensorRt => "TensorrtExecutionProvider",
        ExecutionProvider.DirectMl => "DmlExecutionProvider",
        ExecutionProvider.CoreMl => "CoreMLExecutionProvider",
        _ => "CPUExecutionProvider",
    };
}

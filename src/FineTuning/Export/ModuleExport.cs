using Microsoft.ML.OnnxRuntime;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Onnx;
using TorchSharp;

namespace MLTransfer.FineTuning.Export;

/// <summary>Writes a trained module back into the graph that it was made from, and checks the result in ONNX Runtime.</summary>
public static class ModuleExport
{
    /// <summary>The model with the trained weights, and the head behind it.</summary>
    /// <param name="module">The trained module.</param>
    /// <param name="batch">A real batch by input name; the written model must give on it what the module gives.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ExportException">ONNX Runtime rejects the model or computes something else.</exception>
    public static OnnxModel Export(OnnxModule module, IReadOnlyDictionary<string, torch.Tensor> batch, ExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(batch);
        options ??= new ExportOptions();
        OnnxModel written = WeightWriter.Write(module, options.Precision);
        OnnxModel result = options.Head is { } head ? written.Append(head.Graph, head.Links) : written;

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        bool wasTraining = module.training;
        module.eval();
        IReadOnlyDictionary<string, torch.Tensor> outputs = module.call(batch);
        Check(written.Slice(module.OutputNames), batch, outputs, options.Tolerance);
        if (options.Head is not null)
        {
            Check(result, batch, options.Head.Compute(outputs, batch), options.Tolerance);
        }

        module.train(wasTraining);
        return result;
    }

    private static void Check(OnnxModel model, IReadOnlyDictionary<string, torch.Tensor> batch, IReadOnlyDictionary<string, torch.Tensor> expected, double tolerance)
    {
        Dictionary<string, float[]> actual = Run(model, batch, [.. expected.Keys]);
        foreach ((string name, torch.Tensor reference) in expected)
        {
            using torch.Tensor converted = reference.detach().to(torch.ScalarType.Float32, torch.CPU).contiguous();
            float[] values = converted.numel() == 0 ? [] : converted.data<float>().ToArray();
            float[] computed = actual[name];
            double scale = 1;
            double worst = computed.Length == values.Length ? 0 : double.PositiveInfinity;
            for (int i = 0; i < values.Length && computed.Length == values.Length; i++)
            {
                scale = Math.Max(scale, Math.Abs(values[i]));
                double difference = Math.Abs(values[i] - computed[i]);
                worst = Math.Max(worst, double.IsNaN(difference) ? double.PositiveInfinity : difference);
            }

            if (worst > tolerance * scale)
            {
                throw new ExportException(
                    $"Output '{name}' of the written model differs from the trained module by {worst:g3} at a magnitude of {scale:g3}; {tolerance:g3} is allowed. " +
                    "The model was not written. Weights that are stored in half precision lose digits: widen them, or allow more.");
            }
        }
    }

    private static Dictionary<string, float[]> Run(OnnxModel model, IReadOnlyDictionary<string, torch.Tensor> batch, string[] outputs)
    {
        try
        {
            using SessionOptions options = new();
            using InferenceSession session = new(model.WithEmbeddedData().ToBytes(), options);
            using RunOptions runOptions = new();
            Dictionary<string, OrtValue> inputs = session.InputMetadata.ToDictionary(input => input.Key, input => ToOrtValue(batch[input.Key], input.Value.ElementDataType));
            try
            {
                using IDisposableReadOnlyCollection<OrtValue> results = session.Run(runOptions, inputs, outputs);
                return outputs.Zip(results, (name, value) => (name, ToFloats(value))).ToDictionary(pair => pair.name, pair => pair.Item2);
            }
            finally
            {
                foreach (OrtValue value in inputs.Values)
                {
                    value.Dispose();
                }
            }
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ExportException($"ONNX Runtime does not run the written model: {exception.Message} The model was not written.", exception);
        }
    }

    private static OrtValue ToOrtValue(torch.Tensor tensor, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType type)
    {
        (torch.ScalarType Torch, int _) stored = type switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float16 => (torch.ScalarType.Float16, 2),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32 => (torch.ScalarType.Int32, 4),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => (torch.ScalarType.Int64, 8),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => (torch.ScalarType.Bool, 1),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => (torch.ScalarType.Float64, 8),
            _ => (torch.ScalarType.Float32, 4),
        };
        torch.Tensor ordered = tensor.detach().to(stored.Torch, torch.CPU).contiguous();
        OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, ordered.shape);
        ordered.bytes.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static float[] ToFloats(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return info.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float16 => Array.ConvertAll(value.GetTensorDataAsSpan<Float16>().ToArray(), half => (float)half),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => Array.ConvertAll(value.GetTensorDataAsSpan<long>().ToArray(), integer => (float)integer),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32 => Array.ConvertAll(value.GetTensorDataAsSpan<int>().ToArray(), integer => (float)integer),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => Array.ConvertAll(value.GetTensorDataAsSpan<double>().ToArray(), number => (float)number),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => Array.ConvertAll(value.GetTensorDataAsSpan<bool>().ToArray(), flag => flag ? 1f : 0f),
            _ => value.GetTensorDataAsSpan<float>().ToArray(),
        };
    }
}

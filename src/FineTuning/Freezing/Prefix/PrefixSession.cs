using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using static TorchSharp.torch;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>Runs the frozen part of a backbone in ONNX Runtime, on Torch's tensors without a copy.</summary>
internal sealed class PrefixSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly IReadOnlyList<string> _outputs;

    /// <param name="prefix">The frozen part.</param>
    /// <param name="outputs">The tensors at the cut.</param>
    /// <param name="options">How ONNX Runtime runs it.</param>
    public PrefixSession(OnnxModel prefix, IReadOnlyList<string> outputs, InferenceOptions options)
    {
        _outputs = outputs;
        _session = SessionFactory.Create(prefix, options, "frozen part");
    }

    /// <summary>Runs a batch, and hands the outputs to a reader while they are valid.</summary>
    /// <param name="inputs">Tensors by name; more may be there than the graph reads.</param>
    /// <param name="read">From the outputs, in the order of the cut, to what is kept.</param>
    public T Run<T>(IReadOnlyDictionary<string, Tensor> inputs, Func<IReadOnlyList<OrtValue>, T> read)
    {
        List<Tensor> held = [];
        OrtValue[] values = [.. _session.InputNames.Select(name => Wrap(inputs[name], _session.InputMetadata[name].ElementDataType, held))];
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, _session.InputNames, values, _outputs);
            return read(outputs);
        }
        finally
        {
            Array.ForEach(values, static value => value.Dispose());
            held.ForEach(static tensor => tensor.Dispose());
        }
    }

    /// <summary>The outputs of a batch as tensors of their own.</summary>
    public IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs) =>
        Run(inputs, outputs => _outputs.Zip(outputs, static (name, value) => (name, Copy(value))).ToDictionary(static pair => pair.name, static pair => pair.Item2));

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    private static unsafe OrtValue Wrap(Tensor tensor, TensorElementType type, List<Tensor> held)
    {
        Tensor ordered = tensor.to(TorchType(type), CPU).contiguous().DetachFromDisposeScope();
        held.Add(ordered);
        fixed (byte* memory = ordered.bytes)
        {
            // Torch's memory does not move.
            return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, ordered.shape, (nint)memory, ordered.numel() * ordered.element_size());
        }
    }

    private static Tensor Copy(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        Tensor result = empty(info.Shape, TorchType(info.ElementDataType));
        value.GetTensorMutableRawData().CopyTo(result.bytes);
        return result;
    }

    private static ScalarType TorchType(TensorElementType type) => type switch
    {
        TensorElementType.Float16 => ScalarType.Float16,
        TensorElementType.Double => ScalarType.Float64,
        TensorElementType.Int64 => ScalarType.Int64,
        TensorElementType.Int32 => ScalarType.Int32,
        TensorElementType.UInt8 => ScalarType.Byte,
        TensorElementType.Bool => ScalarType.Bool,
        _ => ScalarType.Float32,
    };
}

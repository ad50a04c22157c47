using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Models.Tests.Onnx;

/// <summary>Runs graphs in ONNX Runtime, the independent judge of what a graph computes.</summary>
internal static class Runtime
{
    /// <summary>Float outputs by name.</summary>
    public static Dictionary<string, float[]> Run(byte[] model, params (string Name, float[] Values, int[] Dims)[] inputs)
    {
        using InferenceSession session = new(model);
        return Run(session, [.. inputs.Select(input => NamedOnnxValue.CreateFromTensor(input.Name, new DenseTensor<float>(input.Values, input.Dims)))]);
    }

    /// <summary>Float outputs by name.</summary>
    public static Dictionary<string, float[]> Run(OnnxModel model, params (string Name, float[] Values, int[] Dims)[] inputs) =>
        Run(model.ToBytes(), inputs);

    private static Dictionary<string, float[]> Run(InferenceSession session, List<NamedOnnxValue> inputs)
    {
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(inputs);
        return results.ToDictionary(static value => value.Name, static value => value.AsEnumerable<float>().ToArray());
    }
}

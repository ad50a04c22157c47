using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;

namespace MLTransfer.FineTuning.Tests.Skeletons;

/// <summary>The formula that fills the left-out weights, and the inputs, of the full-size graphs.</summary>
internal static class SkeletonWeights
{
    public static void Fill(GraphProto graph)
    {
        foreach (TensorProto tensor in graph.Initializer.Where(tensor => tensor.DocString.StartsWith("fill ", StringComparison.Ordinal)))
        {
            string[] parts = tensor.DocString.Split(' ');
            uint k = uint.Parse(parts[1], CultureInfo.InvariantCulture);
            float scale = float.Parse(parts[2], CultureInfo.InvariantCulture);
            float offset = float.Parse(parts[3], CultureInfo.InvariantCulture);
            float[] values = new float[tensor.Dims.Aggregate(1L, (product, size) => product * size)];
            Parallel.For(0, (values.Length + 65535) / 65536, block =>
            {
                int end = Math.Min(values.Length, (block + 1) * 65536);
                for (int i = block * 65536; i < end; i++)
                {
                    values[i] = (Mix(i, k) * scale) + offset;
                }
            });
            byte[] bytes = new byte[values.Length * 4L];
            MemoryMarshal.AsBytes<float>(values).CopyTo(bytes);
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        }
    }

    public static Dictionary<string, torch.Tensor> Inputs(OnnxModel model, JsonElement reference)
    {
        Dictionary<string, torch.Tensor> inputs = [];
        uint j = 0;
        foreach (JsonProperty input in reference.GetProperty("inputs").EnumerateObject())
        {
            long[] shape = [.. input.Value.EnumerateArray().Select(size => size.GetInt64())];
            int count = (int)shape.Aggregate(1L, (product, size) => product * size);
            uint k = 1000 + j++;
            inputs[input.Name] = input.Name switch
            {
                "attention_mask" => torch.tensor([.. Enumerable.Range(0, count).Select(i => i / shape[1] == 1 && i % shape[1] >= 9 ? 0L : 1L)], shape),
                "token_type_ids" => torch.zeros(shape, torch.ScalarType.Int64),
                "input_ids" => torch.tensor([.. Enumerable.Range(0, count).Select(i => (long)((Mix(i, k) + 1) * 10000f) + 5)], shape),
                _ => torch.tensor([.. Enumerable.Range(0, count).Select(i => Mix(i, k))], shape),
            };
        }

        return inputs.Where(pair => model.Inputs.Any(input => input.Name == pair.Key)).ToDictionary();
    }

    private static float Mix(int i, uint k)
    {
        uint x = unchecked((uint)i + (k * 0x9E3779B9));
        x ^= x >> 16;
        x = unchecked(x * 0x7feb352d);
        x ^= x >> 15;
        x = unchecked(x * 0x846ca68b);
        x ^= x >> 16;
        return ((x >> 8) / 8388608f) - 1;
    }
}

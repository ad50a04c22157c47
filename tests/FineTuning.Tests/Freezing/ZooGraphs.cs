using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Onnx;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Freezing;

/// <summary>The small backbones beside the tests, and random rows for them.</summary>
internal static class ZooGraphs
{
    public static OnnxModel Load(string name) => OnnxModel.Load(Path.Combine(SharedFiles.Repository, "tests", "FineTuning.Tests", "Zoo", name, "model.onnx"));

    public static string[] Weights(OnnxModel model) => [.. BackboneWeights.Of(model).Select(static weight => weight.Name)];

    public static ITrainingInputs Rows(OnnxModel model, int count) => new RandomRows(model, count);

    /// <summary>Random tokens of different lengths, or random images.</summary>
    private sealed class RandomRows : ITrainingInputs
    {
        private readonly string[] _names;
        private readonly int[] _lengths;

        public RandomRows(OnnxModel model, int count)
        {
            _names = [.. model.Inputs.Select(static input => input.Name)];
            bool images = _names is ["input"];
            _lengths = [.. Enumerable.Range(0, count).Select(row => images ? 1 : 4 + (row * 5 % 9))];
        }

        public ReadOnlySpan<int> Lengths => _lengths;

        public IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch)
        {
            int[] order = rows.ToArray();
            if (_names is ["input"])
            {
                float[] pixels = [.. order.SelectMany(static row => Enumerable.Range(0, 3 * 64 * 64).Select(i => (float)Math.Sin((row * 1.7) + (i * 0.01))))];
                return new Dictionary<string, Tensor> { ["input"] = tensor(pixels, [order.Length, 3, 64, 64]) };
            }

            int longest = order.Max(row => _lengths[row]);
            long[] Padded(Func<int, int, long> value) => [.. order.SelectMany(row => Enumerable.Range(0, longest).Select(i => i < _lengths[row] ? value(row, i) : 0))];
            long[] shape = [order.Length, longest];
            return _names.ToDictionary(static name => name, name => tensor(
                Padded(name switch { "input_ids" => static (row, i) => 1 + (((row * 31) + (i * 7)) % 50), "attention_mask" => static (_, _) => 1, _ => static (_, _) => 0 }), shape));
        }
    }
}

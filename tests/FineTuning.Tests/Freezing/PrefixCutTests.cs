using MLTransfer.FineTuning.Freezing.Blocks;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Freezing;

public class PrefixCutTests
{
    public static TheoryData<string, int> Cuts => new()
    {
        { "bert-pooler-torchscript17", 0 }, { "bert-pooler-torchscript17", 1 }, { "bert-pooler-torchscript17", 2 },
        { "gpt2-torchscript14", 1 }, { "vit-torchscript14", 1 }, { "efficientnet-bn-torchscript13", 1 }, { "efficientnet-bn-torchscript13", 2 },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Of_PrefixThenTail_IsTheWholeGraph(string name, int top)
    {
        using DisposeScope scope = NewDisposeScope();
        OnnxModel model = ZooGraphs.Load(name);
        string output = model.Outputs[0].Name;
        string[] weights = ZooGraphs.Weights(model);
        PrefixCut cut = PrefixCut.Of(model, weights, [.. Trained(model, top)]);
        IReadOnlyDictionary<string, Tensor> rows = ZooGraphs.Rows(model, 6).Read([0, 3, 5], null);
        using PrefixSession whole = new(model, [output], new InferenceOptions()), prefix = new(cut.Prefix!, cut.Tensors, new InferenceOptions());
        Dictionary<string, Tensor> between = new(rows);
        foreach ((string tensor, Tensor value) in prefix.Run(rows))
        {
            between[tensor] = value;
        }

        Tensor joined = between.TryGetValue(output, out Tensor? already) ? already : Run(cut.Tail!, output, between);

        Assert.True((whole.Run(rows)[output] - joined).abs().max().ToDouble() < 1e-4);
        Assert.Equal(top == 0, cut.Tail is null);
        Assert.DoesNotContain(Trained(model, top), weight => cut.Prefix!.Parameters.Any(parameter => parameter.Name == weight));
    }

    [Fact]
    public void Of_EverythingTrains_HasNoPrefix()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        string[] weights = ZooGraphs.Weights(model);

        Assert.Null(PrefixCut.Of(model, weights, weights).Prefix);
    }

    [Theory]
    [InlineData("bert-pooler-torchscript17")]
    [InlineData("gpt2-torchscript14")]
    public void Rewrite_ShapesOfInnerTensors_KeepsTheOutput(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        OnnxModel model = ZooGraphs.Load(name);
        string output = model.Outputs[0].Name;
        ITrainingInputs inputs = ZooGraphs.Rows(model, 6);

        OnnxModel rewritten = ShapesFromInputs.Rewrite(model, inputs, new InferenceOptions());

        IReadOnlyDictionary<string, Tensor> rows = inputs.Read([1, 2, 4, 5], null);
        Assert.True((Run(model, output, rows) - Run(rewritten, output, rows)).abs().max().ToDouble() < 1e-5);
    }

    [Theory]
    [InlineData(ActivationPrecision.Float32, 0)]
    [InlineData(ActivationPrecision.Float16, 1.0 / 2048)]
    [InlineData(ActivationPrecision.Bfloat16, 1.0 / 256)]
    public void ActivationFile_WhatWasWritten_IsReadWithinItsPrecision(ActivationPrecision precision, double tolerance)
    {
        string path = Path.Combine(Path.GetTempPath(), $"mltransfer-activations-{Guid.NewGuid():N}");
        Random random = new(1);
        float[][] rows = [.. Enumerable.Range(0, 5).Select(row => Enumerable.Range(0, 3 * row).Select(_ => (random.NextSingle() - 0.5f) * 20).ToArray())];
        long[] offsets = [0, .. rows.Select((_, row) => rows.Take(row + 1).Sum(static values => (long)values.Length))];
        using (ActivationFile file = new(path, offsets, precision))
        {
            foreach (int row in (int[])[3, 0, 4, 1, 2])
            {
                file.Write(row, rows[row]);
            }

            for (int row = 0; row < rows.Length; row++)
            {
                float[] read = new float[rows[row].Length];
                file.Read(row, read);
                Assert.All(read.Zip(rows[row]), pair => Assert.Equal(pair.Second, pair.First, (Math.Abs(pair.Second) * tolerance) + 1e-9));
            }
        }

        Assert.False(File.Exists(path));
    }

    private static IEnumerable<string> Trained(OnnxModel model, int top) => WeightSelection.Choose(
        new FreezePlan { Top = top }, BackboneWeights.Of(model), GraphBlocks.Find(model, ZooGraphs.Weights(model))).Keys;

    private static Tensor Run(OnnxModel model, string output, IReadOnlyDictionary<string, Tensor> inputs)
    {
        using PrefixSession session = new(model, [output], new InferenceOptions());
        return session.Run(inputs)[output];
    }
}

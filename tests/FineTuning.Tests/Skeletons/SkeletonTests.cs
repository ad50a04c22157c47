using System.Text.Json;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Onnx;
using TorchSharp;

namespace MLTransfer.FineTuning.Tests.Skeletons;

/// <summary>Exports at full width, with weights from a formula: README of ../shared/models.</summary>
public class SkeletonTests
{
    public static TheoryData<string> Names() =>
    [
        "resnet18", "resnet50", "vgg16", "mobilenet_v3_large", "efficientnet_b0", "convnext_tiny", "vit_b_16", "bert-base", "roberta-base", "distilbert", "gpt2", "wav2vec2-base",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Import_FullSize_GivesTheReferenceOutputAndTrains(string name)
    {
        // Twelve networks at full size take minutes; MLTRANSFER_SKELETONS=1 runs all, otherwise the smallest ones of each kind stand for them.
        bool all = Environment.GetEnvironmentVariable("MLTRANSFER_SKELETONS") == "1";
        Assert.SkipUnless(all || name is "resnet18" or "mobilenet_v3_large", "MLTRANSFER_SKELETONS=1 runs the large ones.");
        string path = SharedFiles.Require("models", "skeletons", name + ".onnx");
        JsonElement reference = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(path, ".json"))).RootElement;
        OnnxModel model = OnnxModel.Read(path);
        SkeletonWeights.Fill(model.Proto.Graph);

        using DisposeScope scope = torch.NewDisposeScope();
        using OnnxModule module = OnnxModule.Import(model, new ImportOptions { Outputs = [reference.GetProperty("output").GetString()!] });
        string feature = reference.GetProperty("output").GetString()!;
        Dictionary<string, torch.Tensor> inputs = SkeletonWeights.Inputs(model, reference);
        torch.Tensor output;
        using (torch.no_grad())
        {
            output = module.call(inputs)[feature];
        }

        Compare(reference, output);

        using torch.optim.Optimizer steps = torch.optim.SGD(module.Weights.Values, 0.1);
        module.call(inputs)[feature].square().mean().backward();
        steps.step();
        Assert.All(module.Weights, pair => Assert.True(pair.Value.grad is { } gradient && gradient.isfinite().all().item<bool>(), pair.Key));
        int trained = module.Weights.Values.Count(weight => weight.grad!.count_nonzero().item<long>() > 0);
        Assert.InRange(trained, module.Weights.Count * 9 / 10, module.Weights.Count);
        Console.WriteLine($"{name}: {trained} of {module.Weights.Count} weights trained, peak memory {Environment.WorkingSet >> 20} MiB now, {Peak() >> 20} MiB at most");
    }

    private static void Compare(JsonElement reference, torch.Tensor output)
    {
        Assert.Equal([.. reference.GetProperty("output_shape").EnumerateArray().Select(size => size.GetInt64())], output.shape);
        float[] values = output.contiguous().data<float>().ToArray();
        double[] first = [.. reference.GetProperty("first").EnumerateArray().Select(value => value.GetDouble())];
        double deviation = reference.GetProperty("std").GetDouble();
        for (int i = 0; i < first.Length; i++)
        {
            Assert.InRange(values[i], first[i] - (1e-3 * Math.Max(Math.Abs(first[i]), deviation)), first[i] + (1e-3 * Math.Max(Math.Abs(first[i]), deviation)));
        }

        double mean = values.Average(value => (double)value);
        Assert.Equal(reference.GetProperty("mean").GetDouble(), mean, 1e-3 * deviation);
        Assert.Equal(deviation, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), 1e-3 * deviation);
    }

    private static long Peak()
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}

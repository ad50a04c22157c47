using MLTransfer.FineTuning.Export;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Tests.ZooCases;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;
using TorchSharp.Modules;

namespace MLTransfer.FineTuning.Tests.Export;

public class ModuleExportTests
{
    public static TheoryData<string> Cases() => ZooTests.Cases();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Export_NothingChanged_EveryByteOfTheModelIsTheSame(string folder)
    {
        ZooCase zooCase = new(folder);
        OnnxModel model = zooCase.Load();
        using OnnxModule module = OnnxModule.Import(model, new ImportOptions { Outputs = [zooCase.FeatureOutput] });

        OnnxModel written = ModuleExport.Export(module, zooCase.Tensors("input."));

        Assert.Equal(model.ToBytes(), written.ToBytes());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Export_TrainedModule_OnlyInitializersChangeAndOnnxRuntimeAgrees(string folder)
    {
        ZooCase zooCase = new(folder);
        if (zooCase.ForwardOnly)
        {
            return;
        }

        OnnxModel model = zooCase.Load();
        using DisposeScope scope = torch.NewDisposeScope();
        using OnnxModule module = OnnxModule.Import(model, new ImportOptions { Outputs = [zooCase.FeatureOutput], Weights = [.. zooCase.Trainable] });
        Train(module, zooCase);

        // Export compares with ONNX Runtime and throws where they differ; half-precision weights are rounded.
        OnnxModel written = ModuleExport.Export(module, zooCase.Tensors("input."), new ExportOptions { Tolerance = zooCase.HalfWeights ? 2e-2 : 1e-3 });

        ModelProto before = model.Proto.Clone();
        ModelProto after = written.Proto.Clone();
        string[] changed = [.. before.Graph.Initializer.Zip(after.Graph.Initializer).Where(pair => !pair.First.Equals(pair.Second)).Select(pair => pair.First.Name)];
        before.Graph.Initializer.Clear();
        after.Graph.Initializer.Clear();
        Assert.Equal(before, after);
        Assert.NotEmpty(changed);
        Assert.Empty(changed.Except(module.Weights.Keys));
    }

    [Fact]
    public void Export_WrongReference_Throws()
    {
        ZooCase zooCase = new(ZooTests.Cases().Select(row => row.Data).First());
        using OnnxModule module = OnnxModule.Import(zooCase.Load(), new ImportOptions { Outputs = [zooCase.FeatureOutput] });

        Assert.Throws<ExportException>(() => ModuleExport.Export(module, zooCase.Tensors("input."), new ExportOptions { Tolerance = 1e-12 }));
    }

    private static void Train(OnnxModule module, ZooCase zooCase)
    {
        using torch.optim.Optimizer steps = torch.optim.SGD(module.Weights.Values, 0.01);
        Dictionary<string, torch.Tensor> inputs = zooCase.Tensors("input.");
        Parameter head = new(zooCase.Golden.Tensor("head.weight"));
        for (int i = 0; i < 2; i++)
        {
            steps.zero_grad();
            torch.Tensor feature = zooCase.Pool(module.call(inputs)[zooCase.FeatureOutput], inputs);
            torch.nn.functional.cross_entropy(torch.nn.functional.linear(feature, head), zooCase.Golden.Tensor("label")).backward();
            steps.step();
        }
    }
}

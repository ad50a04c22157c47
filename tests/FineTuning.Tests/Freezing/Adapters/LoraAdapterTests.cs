using System.Text;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Tests.Freezing.Adapters;

/// <summary>Adapters as a file of their own.</summary>
public sealed class LoraAdapterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-adapter-").FullName;
    private readonly Backbone _backbone;

    public LoraAdapterTests()
    {
        File.Copy(Path.Combine(SharedFiles.Repository, "tests", "FineTuning.Tests", "Zoo", "vit-torchscript14", "model.onnx"), Path.Combine(_folder, "model.onnx"));
        File.WriteAllText(Path.Combine(_folder, "card.json"), """
            {
              "name": "small-vit", "modality": "image",
              "image": { "input": "input", "width": 64, "height": 64, "resizeShorterSide": 64, "mean": [127, 127, 127], "std": [64, 64, 64] },
              "feature": { "tensor": "output" }
            }
            """.Replace("\"output\"", $"\"{OnnxModel.Load(Path.Combine(_folder, "model.onnx")).Outputs[0].Name}\"", StringComparison.Ordinal));
        _backbone = Backbone.Load(_folder);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SaveAndLoad_TrainedAdapter_MergesToTheBitsOfTheTrainedModel()
    {
        (FineTunedModel trained, LoraAdapter adapter) = Train();
        string path = Path.Combine(_folder, "adapter.safetensors");

        adapter.Save(path);
        LoraAdapter read = LoraAdapter.Load(path);
        OnnxModel merged = read.Merge(_backbone);

        Assert.Equal(trained.Model.ToBytes(), merged.ToBytes());
        Assert.Equal((4, 6.0, "small-vit"), (read.Rank, read.Alpha, read.Backbone));
        Assert.Equal(trained.Trained.Order(), read.Targets.Order());
        Assert.Equal(["a", "b", "c"], read.Classes);
        Assert.Equal(trained.HeadWeights, read.HeadWeights);
        Assert.Equal(trained.HeadBiases, read.HeadBiases);
        Assert.Equal([path], Directory.GetFiles(_folder, "adapter*"));

        // The tests' own reader of the format reads it, too.
        SafeTensors tensors = new(path);
        Assert.Equal(adapter.Weights.Pairs[0].A, tensors.Floats(adapter.Targets[0] + ".lora_A"));
        Assert.Equal(adapter.Weights.Pairs[0].B, tensors.Floats(adapter.Targets[0] + ".lora_B"));
    }

    [Fact]
    public void Merge_IntoAFolder_IsABackboneOfItsOwn()
    {
        (FineTunedModel trained, LoraAdapter adapter) = Train();

        Backbone merged = adapter.Merge(_backbone, Path.Combine(_folder, "merged"));

        Assert.Equal(trained.Model.ToBytes(), OnnxModel.Load(merged.ModelPath).ToBytes());
        Assert.Equal(StrictJson.Write(_backbone.Card.Image), StrictJson.Write(merged.Card.Image));
        Assert.Contains("exists already", Assert.Throws<UserException>(() => adapter.Merge(_backbone, Path.Combine(_folder, "merged"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_AnotherBackbone_SaysWhoseItIs()
    {
        (_, LoraAdapter adapter) = Train();
        OnnxModel changed = OnnxModel.Load(_backbone.ModelPath);
        changed.Proto.ProducerName += " ";
        changed.Save(_backbone.ModelPath);
        File.SetLastWriteTimeUtc(_backbone.ModelPath, DateTime.UtcNow.AddSeconds(5));

        string message = Assert.Throws<UserException>(() => adapter.Merge(Backbone.Load(_folder))).Message;

        Assert.Contains("'small-vit'", message, StringComparison.Ordinal);
        Assert.Contains(adapter.BackboneSha256, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "broken")]
    [InlineData("\u0002\0\0\0\0\0\0\0{}", "no adapter")]
    [InlineData("\u00ff\u00ff\0\0\0\0\0\0{}", "broken")]
    [InlineData("\u0002\0\0\0\0\0\0\0[]", "broken")]
    public void Load_OtherBytes_SaysThatItIsNoAdapter(string content, string expected)
    {
        string path = Path.Combine(_folder, "other");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(content));

        Assert.Contains(expected, Assert.Throws<UserException>(() => LoraAdapter.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileThatWasCutOff_SaysWhereItEnds()
    {
        (_, LoraAdapter adapter) = Train();
        string path = Path.Combine(_folder, "cut");
        adapter.Save(path);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^8]);

        Assert.Contains("The file ends before", Assert.Throws<UserException>(() => LoraAdapter.Load(path)).Message, StringComparison.Ordinal);
    }

    private (FineTunedModel Trained, LoraAdapter Adapter) Train()
    {
        OnnxModel model = OnnxModel.Load(_backbone.ModelPath);
        FineTunedModel trained = FineTuner.Train(
            new FineTuneRequest
            {
                Model = model,
                Identity = "vit",
                Rows = new LabelledRows(ZooGraphs.Rows(model, 9), [.. Enumerable.Range(0, 9).Select(static row => row % 3)]),
                Classes = ["a", "b", "c"],
                Options = new FineTuneOptions { Train = new FreezePlan { Lora = new LoraOptions { Rank = 4, Alpha = 6 } }, Epochs = 2 },
                WorkFolder = _folder,
            },
            TestContext.Current.CancellationToken);
        return (trained, LoraAdapter.Of(_backbone, trained, ["a", "b", "c"])!);
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Pipelines.Export;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Trainers;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Pipelines.Tests.Heads;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Tests.Export;

/// <summary>Exported graphs run in ONNX Runtime alone, on rows that the export did not see, and are compared with the saved model in ML.NET.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private const int Classes = 4;

    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> MulticlassHeads => [.. Heads.Keys];

    public static TheoryData<string> BinaryHeads => [.. Heads.Keys.Where(static name => !name.StartsWith("naive", StringComparison.Ordinal))];

    private static Dictionary<string, HeadOptions> Heads { get; } = new()
    {
        ["lbfgs"] = new LbfgsHead { L2Regularization = 1 },
        ["lbfgs, unit length"] = new LbfgsHead { L2Regularization = 0.1f, Normalization = FeatureNormalization.UnitLength },
        ["lbfgs, bare, sparse"] = new LbfgsHead { L1Regularization = 2, Normalization = FeatureNormalization.None },
        ["sdca"] = new SdcaHead { MaximumNumberOfIterations = 100 }, // ML.NET would make ten thousand of so few rows
        ["averaged-perceptron"] = new AveragedPerceptronHead(),
        ["linear-svm"] = new LinearSvmHead(),
        ["light-gbm"] = new LightGbmHead { NumberOfIterations = 20 },
        ["light-gbm, normalised"] = new LightGbmHead { NumberOfIterations = 5, Normalization = FeatureNormalization.MeanVariance },
        ["fast-tree"] = new FastTreeHead { NumberOfTrees = 20 },
        ["fast-forest"] = new FastForestHead { NumberOfTrees = 20 },
        ["naive-bayes"] = new NaiveBayesHead(),
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(MulticlassHeads))]
    public void ExportToOnnx_SeveralClasses_PredictsAsTheSavedModel(string head)
    {
        string zip = Save(HeadModel(head, HeadTask.MulticlassClassification, Classes));
        string onnx = _folder.PathOf("model.onnx");

        OnnxExportReport report = Export(zip, onnx, View(Classes, 40, seed: 2));

        Assert.Equal(40, report.RowsCompared);
        Assert.Equal(Clouds.Names[..Classes].Order(), report.Classes.Order());
        IDataView expected = Scored(zip, View(Classes, 60, seed: 3));
        (string[] labels, float[] scores, _) = Run(onnx, Clouds.Rows(Classes, 60, spread: 1, seed: 3), hasProbability: false);
        Assert.Equal(expected.GetColumn<string>("PredictedLabel"), labels);
        AssertClose([.. expected.GetColumn<float[]>("Score").SelectMany(static row => row)], scores);
    }

    [Theory]
    [MemberData(nameof(BinaryHeads))]
    public void ExportToOnnx_TwoClasses_PredictsAsTheSavedModel(string head)
    {
        string zip = Save(HeadModel(head, HeadTask.BinaryClassification, 2));
        string onnx = _folder.PathOf("model.onnx");

        Export(zip, onnx, View(2, 40, seed: 2));

        IDataView expected = Scored(zip, View(2, 60, seed: 3));
        (string[] labels, float[] scores, float[] probabilities) = Run(onnx, Clouds.Rows(2, 60, spread: 1, seed: 3), hasProbability: true);
        Assert.Equal(expected.GetColumn<string>("PredictedLabel"), labels);
        AssertClose([.. expected.GetColumn<float>("Score")], scores);
        AssertClose([.. expected.GetColumn<float>("Probability")], probabilities);
    }

    [Fact]
    public void ExportToOnnx_OneRowAndManyRows_GiveTheSame()
    {
        string zip = Save(HeadModel("light-gbm", HeadTask.MulticlassClassification, Classes));
        string onnx = _folder.PathOf("model.onnx");
        Export(zip, onnx, View(Classes, 8, seed: 2));
        Clouds.Row[] rows = Clouds.Rows(Classes, 20, seed: 4);

        float[] together = Run(onnx, rows, hasProbability: false).Scores;
        float[] apart = [.. rows.SelectMany(row => Run(onnx, [row], hasProbability: false).Scores)];

        AssertClose(apart, together);
    }

    [Fact]
    public void Compare_GraphOfAnotherModel_IsRefused()
    {
        using SavedSteps one = SavedSteps.Load(Save(HeadModel("lbfgs", HeadTask.MulticlassClassification, Classes), "one.zip"));
        using SavedSteps other = SavedSteps.Load(Save(HeadModel("sdca", HeadTask.MulticlassClassification, Classes), "other.zip"));

        UserException error = Assert.Throws<UserException>(() =>
            ExportComparison.Run(one, WholeGraph.Build(other), View(Classes, 10, seed: 2), 10, TestContext.Current.CancellationToken));

        Assert.Contains("row 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExportToOnnx_StepWithoutOperators_IsNamedAndNothingIsWritten()
    {
        IEstimator<ITransformer> binning = _ml.Transforms.NormalizeBinning("Features");
        string zip = Save(binning.Fit(Clouds.View(_ml, 2, 30)));

        UserException error = Assert.Throws<UserException>(() => Export(zip, _folder.PathOf("model.onnx"), View(2, 10)));

        Assert.Contains("Step 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("NormalizingTransformer", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.PathOf("model.onnx")));
    }

    [Fact]
    public void ExportToOnnx_NoRows_IsRefused()
    {
        string zip = Save(HeadModel("lbfgs", HeadTask.MulticlassClassification, Classes));

        Assert.Throws<UserException>(() => Export(zip, _folder.PathOf("model.onnx"), View(Classes, 0)));

        Assert.False(File.Exists(_folder.PathOf("model.onnx")));
    }

    [Fact]
    public void ExportToOnnx_NoModel_IsRefused()
    {
        string text = _folder.Write("model.zip", "not a zip");

        Assert.Throws<UserException>(() => Export(text, _folder.PathOf("model.onnx"), View(2, 4)));
        Assert.Throws<UserException>(() => Export(_folder.PathOf("nothing.zip"), _folder.PathOf("model.onnx"), View(2, 4)));
    }

    private OnnxExportReport Export(string zip, string onnx, IDataView rows) =>
        _ml.Model.ExportToOnnx(zip, onnx, rows, cancellation: TestContext.Current.CancellationToken);

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= 1e-4 * Math.Max(1, Math.Abs(expected[i])), $"number {i}: expected {expected[i]}, was {actual[i]}");
        }
    }

    private static (string[] Labels, float[] Scores, float[] Probabilities) Run(string onnx, Clouds.Row[] rows, bool hasProbability)
    {
        using InferenceSession session = new(onnx);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(rows.SelectMany(static row => row.Features).ToArray(), [rows.Length, Clouds.Dimension]);
        using RunOptions options = new();
        string[] outputs = hasProbability ? ["PredictedLabel", "Score", "Probability"] : ["PredictedLabel", "Score"];
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["Raw"], [input], outputs);
        return (
            results[0].GetStringTensorAsArray(),
            results[1].GetTensorDataAsSpan<float>().ToArray(),
            hasProbability ? results[2].GetTensorDataAsSpan<float>().ToArray() : []);
    }

    private ITransformer HeadModel(string head, HeadTask task, int classes) =>
        new ClassifierHead(Heads[head], task, Clouds.Names[..classes], seed: 1).Fit(Clouds.View(_ml, classes, 200, spread: 1));

    private IDataView Scored(string zip, IDataView rows) => _ml.Model.Load(zip, out _).Transform(rows);

    private IDataView View(int classes, int rows, int seed = 1) =>
        _ml.Transforms.CopyColumns("Raw", "Features").Append(_ml.Transforms.DropColumns("Features"))
            .Fit(Clouds.View(_ml, classes, 1)).Transform(Clouds.View(_ml, classes, rows, spread: 1, seed: seed));

    /// <summary>Saves a model whose backbone passes its input through.</summary>
    private string Save(ITransformer head, string name = "model.zip")
    {
        GraphBuilder graph = new("backbone", 17);
        graph.Output("Features", graph.Input("Raw", DataType.Float, "batch", Clouds.Dimension), DataType.Float, "batch", Clouds.Dimension);
        OnnxModel model = new SavedFeatures { Inputs = ["Raw"], Output = "Features" }.AddTo(graph.Build());
        IDataView rows = View(2, 2);
        using MemoryStream bytes = new(model.ToBytes());
        ITransformer features = _ml.Transforms.ApplyOnnxModel(["Features"], ["Raw"], bytes).Fit(rows);
        ITransformer joined = FeatureVector.Flat(_ml, Clouds.Dimension);
        string path = _folder.PathOf(name);
        _ml.Model.Save(new TransformerChain<ITransformer>(features, joined, head), rows.Schema, path);
        return path;
    }
}

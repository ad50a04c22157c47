using Microsoft.ML;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Tests.Inference;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.Tests.FineTuning;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Tests.Features;

public sealed class EstimatorWorkoutTests
{
    private readonly MLContext _ml = new(seed: 1);

    private static Backbone Lite0 => Backbone.Load("efficientnet-lite0");

    private static Backbone MiniLM => Backbone.Load("all-MiniLM-L6-v2");

    [Fact]
    public void ExtractImageFeatures_Paths_PassesTheWorkout() =>
        EstimatorWorkout.Run(_ml, _ml.Transforms.ExtractImageFeatures("Features", "Path", Lite0), Images(), ["Path"], wrong: "Number");

    [Fact]
    public void ExtractImageFeatures_DecodedImages_PassesTheWorkout()
    {
        IDataView rows = Images();
        rows = _ml.Transforms.LoadImages("Image", string.Empty, "Path").Fit(rows).Transform(rows);

        EstimatorWorkout.Run(_ml, _ml.Transforms.ExtractImageFeatures("Features", "Image", Lite0), rows, ["Image"], wrong: "Number");
    }

    [Fact]
    public void ExtractImageFeatures_Bytes_PassesTheWorkoutButForSaving() => EstimatorWorkout.Run(
        _ml, _ml.Transforms.ExtractImageFeatures("Features", "Content", Lite0), Images(), ["Content"], wrong: "Number", savable: false);

    [Fact]
    public void ExtractImageFeatures_Exact_PassesTheWorkoutButForSaving()
    {
        ImageFeatureOptions options = new() { Preprocessing = ImagePreprocessingMode.Exact, Normalize = true };

        EstimatorWorkout.Run(_ml, _ml.Transforms.ExtractImageFeatures("Features", "Path", Lite0, options), Images(), ["Path"], wrong: "Number", savable: false);
    }

    [Fact]
    public void ExtractTextFeatures_PassesTheWorkout() =>
        EstimatorWorkout.Run(_ml, _ml.Transforms.ExtractTextFeatures("Features", "Text", MiniLM), Texts(), ["Text"], wrong: "Number");

    [Fact]
    public void ExtractSentencePairFeatures_PassesTheWorkout()
    {
        using TemporaryFolder folder = new();
        Backbone backbone = TinyTextBackbone.Load(folder, ["where is my card it lost a much longer text which has"], pairs: true);

        EstimatorWorkout.Run(
            _ml, _ml.Transforms.ExtractSentencePairFeatures("Features", "Text", "Second", backbone), Texts(), ["Text", "Second"], wrong: "Number");
    }

    [Fact]
    public void ExtractImageFeatures_HalfPrecisionInputOfOneRow_PassesTheWorkout()
    {
        using TinyBackbones backbones = new();
        Backbone backbone = backbones.ChannelMeans(DataType.Float16, rows: 1, rowsInside: 1);
        ImageFeatureOptions options = new() { Normalize = true }; // within the precision of half numbers

        EstimatorWorkout.Run(_ml, _ml.Transforms.ExtractImageFeatures("Features", "Path", backbone, options), Images(), ["Path"], wrong: "Number");
    }

    [Fact]
    public void ExtractTextFeatures_OneRowOfFixedLength_PassesTheWorkout()
    {
        using TinyBackbones backbones = new();

        EstimatorWorkout.Run(
            _ml, _ml.Transforms.ExtractTextFeatures("Features", "Text", backbones.TokenMeans(DataType.Int32, rows: 1, tokens: 6)), Texts(), ["Text"], wrong: "Number");
    }

    private IDataView Images()
    {
        string folder = Path.Combine(Repository.Root, "samples", "flowers", "data", "test");
        return _ml.Data.LoadFromEnumerable(Directory.GetFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, i) => i % 10 == 0)
            .Select(static file => new ImageFileRow { Key = Path.GetFileName(file), Path = file, Content = File.ReadAllBytes(file) }).ToArray());
    }

    private IDataView Texts() => _ml.Data.LoadFromEnumerable(
        new[] { "Where is my card?", "", "  ", "Caf\u00e9 \u4e2d\u6587 [MASK]", "a much longer text, which has many more tokens than the others have together" }
            .Select(static (text, i) => new SentenceRow { Key = $"row {i}", Text = text, Second = i % 2 == 0 ? "It is lost." : string.Empty }).ToArray());

#pragma warning disable CA1812 // Made by ML.NET.
    private sealed class ImageFileRow
    {
        public string Key { get; set; } = string.Empty;

        public string Path { get; set; } = string.Empty;

        public byte[] Content { get; set; } = [];

        public float Number { get; set; }
    }

    private sealed class SentenceRow
    {
        public string Key { get; set; } = string.Empty;

        public string Text { get; set; } = string.Empty;

        public string Second { get; set; } = string.Empty;

        public float Number { get; set; }
    }
#pragma warning restore CA1812
}

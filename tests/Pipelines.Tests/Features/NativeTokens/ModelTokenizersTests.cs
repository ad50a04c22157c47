using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.Features.NativeTokens;
using MLTransfer.Pipelines.FineTuning;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Tests.Features.NativeTokens;

public sealed class ModelTokenizersTests : IDisposable
{
    private const int Vocabulary = 2000;
    private const int Hidden = 8;

    private static readonly TextPairRow[] Rows =
    [
        new() { Text = "I lost my card, what now?", Other = "Somebody's wallet" },
        new() { Text = "Caf\u00e9 <mask> \u4e2d\u6587 \U0001F600", Other = "" },
        new() { Text = "", Other = "  x" },
        new() { Text = string.Concat(Enumerable.Repeat("far too long ", 50)), Other = "y" },
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-native-").FullName;
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SavedBpeModel_InAnotherProcess_GivesTheFeaturesOfTraining(bool pairs)
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows);
        using TextFeatureExtractingTransformer transformer = Fit(rows, pairs);
        float[][] expected = [.. transformer.Transform(rows).GetColumn<float[]>("Features")];
        string zip = Path.Combine(_folder, "model.zip");

        _ml.Model.Save(new TransformerChain<ITransformer>(transformer), rows.Schema, zip);
        string? folder = ModelTokenizers.SaveBeside(new TransformerChain<ITransformer>(transformer), zip);
        (float[][]? actual, string error) = await TextModelProcess.FeaturesAsync(zip, Rows, Path.GetTempPath());

        Assert.Equal(Path.Combine(_folder, "model.tokenizers"), folder);
        Assert.True(actual is not null, error);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), static row => Assert.All(row.First.Zip(row.Second), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f)));
        Assert.NotEqual(expected[0], expected[1]);
    }

    [Fact]
    public async Task SavedBpeModel_WithoutItsFolder_SaysWhereItIsExpected()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows);
        using TextFeatureExtractingTransformer transformer = Fit(rows, pairs: false);
        string zip = Path.Combine(_folder, "model.zip");
        _ml.Model.Save(transformer, rows.Schema, zip);

        (float[][]? features, string error) = await TextModelProcess.FeaturesAsync(zip, Rows, _folder);

        Assert.Null(features);
        Assert.Contains("ModelTokenizers.Use", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SavedBpeModel_FolderWasChanged_IsRefused()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows);
        using TextFeatureExtractingTransformer transformer = Fit(rows, pairs: false);
        string zip = Path.Combine(_folder, "model.zip");
        _ml.Model.Save(transformer, rows.Schema, zip);
        string merges = Directory.GetFiles(ModelTokenizers.SaveBeside(transformer, zip)!, "merges.txt", SearchOption.AllDirectories).Single();
        File.WriteAllLines(merges, File.ReadAllLines(merges).SkipLast(1));

        (_, string error) = await TextModelProcess.FeaturesAsync(zip, Rows, Path.GetTempPath());

        Assert.Contains("were changed", error, StringComparison.Ordinal);
    }

    [Fact]
    public void SaveBeside_ModelWithItsTokenizerInTheGraph_WritesNothing()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows);
        using TextFeatureExtractingTransformer transformer =
            _ml.Transforms.ExtractTextFeatures("Features", "Text", Backbone.Load("all-MiniLM-L6-v2")).Fit(rows);

        Assert.Null(ModelTokenizers.SaveBeside(transformer, Path.Combine(_folder, "model.zip")));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void SaveBeside_FineTunedModel_WritesItsTokenizer()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows[..2]);
        ITransformer model = _ml.Transforms.Conversion.MapValueToKey("Label", "Text")
            .Append(_ml.MulticlassClassification.Trainers.FineTuneText(EmbeddingBackbone(), options: new FineTuneOptions { Epochs = 1 }, cancellationToken: TestContext.Current.CancellationToken))
            .Fit(rows);

        string folder = ModelTokenizers.SaveBeside(model, Path.Combine(_folder, "model.zip"))!;

        Assert.Single(Directory.GetFiles(folder, "merges.txt", SearchOption.AllDirectories));
    }

    [Fact]
    public void Use_NoFolder_NamesIt()
    {
        UserException exception = Assert.Throws<UserException>(() => ModelTokenizers.Use(Path.Combine(_folder, "other.zip")));

        Assert.Contains("other.tokenizers", exception.Message, StringComparison.Ordinal);
    }

    // Not a test of its own: what the other process of TextModelProcess runs.
    [Fact(Explicit = true)]
    public void InAnotherProcess_ReadModel()
    {
        string? zip = Environment.GetEnvironmentVariable(TextModelProcess.ModelVariable);
        Assert.SkipWhen(zip is null, "Runs in a process that another test starts.");
        if (Directory.Exists(Path.ChangeExtension(zip, null) + ModelTokenizers.Suffix))
        {
            ModelTokenizers.Use(zip);
        }

        string file = Environment.GetEnvironmentVariable(TextModelProcess.RowsVariable)!;
        ITransformer model = _ml.Model.Load(zip, out _);
        IDataView rows = _ml.Data.LoadFromEnumerable(JsonSerializer.Deserialize<TextPairRow[]>(File.ReadAllText(file))!);
        File.WriteAllText(file, JsonSerializer.Serialize(model.Transform(rows).GetColumn<float[]>("Features").ToArray()));
    }

    private TextFeatureExtractingTransformer Fit(IDataView rows, bool pairs)
    {
        Backbone backbone = EmbeddingBackbone();
        return pairs
            ? _ml.Transforms.ExtractSentencePairFeatures("Features", "Text", "Other", backbone).Fit(rows)
            : _ml.Transforms.ExtractTextFeatures("Features", "Text", backbone).Fit(rows);
    }

    // A table of embeddings: each token has features of its own, so a wrong id shows.
    private Backbone EmbeddingBackbone()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "backbone")).FullName;
        var random = new Random(3);
        GraphBuilder graph = new("embedding", opset: 17);
        string ids = graph.Input("input_ids", DataType.Int64, "batch", "sequence");
        string table = graph.Floats("table", [Vocabulary, Hidden], [.. Enumerable.Range(0, Vocabulary * Hidden).Select(_ => random.NextSingle())]);
        graph.Output("last_hidden_state", graph.Node("Gather", [table, ids]), DataType.Float, "batch", "sequence", Hidden);
        graph.Build().Save(Path.Combine(folder, "model.onnx"));
        foreach (string file in (string[])["vocab.json", "merges.txt"])
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Text", "Goldens", "bytelevel-bpe", file), Path.Combine(folder, file));
        }

        BackboneCard card = new()
        {
            Name = "embedding",
            Modality = Modality.Text,
            Text = new TextPreprocessing
            {
                Tokenizer = new TokenizerOptions { Kind = TokenizerKind.ByteLevelBpe, Vocabulary = "vocab.json", Merges = "merges.txt" },
                MaximumLength = 32,
            },
            Feature = new FeatureTensor { Tensor = "last_hidden_state", Pooling = Pooling.Mean },
        };
        return new Backbone(card, folder);
    }
}

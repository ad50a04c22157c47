using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Caching;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.Tests.Features;

public sealed class ImageFeatureExtractingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-features-").FullName;
    private readonly MLContext _ml = new(seed: 1);

    private static Backbone Lite0 => Backbone.Load("efficientnet-lite0");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SavedModel_InStockOnlyProcess_PredictsTheSame()
    {
        IDataView train = Photos("train", 4);
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.Transforms.ExtractImageFeatures("Features", "ImagePath", Lite0))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        TransformerChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> model = pipeline.Fit(train);
        IDataView test = Photos("test", 2);
        IDataView expected = model.Transform(test);
        string[] labels = [.. expected.GetColumn<string>("PredictedLabel")];
        float[][] scores = [.. expected.GetColumn<float[]>("Score")];
        string zip = Path.Combine(_folder, "model.zip");

        _ml.Model.Save(model, train.Schema, zip);
        IReadOnlyList<StockPrediction> actual = await StockOnlyProgram.PredictAsync(zip, "ImagePath", test.GetColumn<string>("ImagePath"));

        Assert.Equal(labels, actual.Select(static row => row.Label));
        Assert.Equal(5, labels.Distinct().Count());
        foreach ((float[] wanted, StockPrediction got) in scores.Zip(actual))
        {
            Assert.All(wanted.Zip(got.Scores), static pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    [Fact]
    public void PredictionEngine_OneRow_EqualsTheBatch()
    {
        IDataView rows = Photos("test", 1);
        using ImageFeatureExtractingTransformer transformer = _ml.Transforms.ExtractImageFeatures("Features", "ImagePath", Lite0).Fit(rows);
        float[][] batch = [.. transformer.Transform(rows).GetColumn<float[]>("Features")];

        using PredictionEngine<PhotoRow, FeatureRow> engine = _ml.Model.CreatePredictionEngine<PhotoRow, FeatureRow>(
            transformer, new PredictionEngineOptions { OwnsTransformer = false });
        float[][] single = [.. _ml.Data.CreateEnumerable<PhotoRow>(rows, reuseRowObject: false).Select(row => engine.Predict(row).Features)];

        Assert.Equal(batch.Length, single.Length);
        Assert.All(batch.Zip(single), static pair => Assert.All(pair.First.Zip(pair.Second), static value => Assert.Equal(value.First, value.Second, 1e-4f)));
    }

    [Fact]
    public void LoadBatched_SavedModel_PredictsAsTheStockOneDoes()
    {
        IDataView train = Photos("train", 2);
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.Transforms.ExtractImageFeatures("Features", "ImagePath", Lite0))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
        string zip = Path.Combine(_folder, "model.zip");
        string again = Path.Combine(_folder, "again.zip");
        _ml.Model.Save(pipeline.Fit(train), train.Schema, zip);
        IDataView rows = Photos("test", 2);

        ITransformer batched = _ml.Model.LoadBatched(zip, out DataViewSchema schema);
        ITransformer stock = _ml.Model.Load(zip, out DataViewSchema expectedSchema);

        // The point of it: rows go through a transformer of ours, not through one call of ONNX Runtime each.
        Assert.Contains((IEnumerable<ITransformer>)batched, static step => step is BatchedFeatureTransformer);
        Assert.Equal(expectedSchema.Select(static column => column.Name), schema.Select(static column => column.Name));
        float[][] expected = [.. stock.Transform(rows).GetColumn<float[]>("Score")];
        AssertNear(expected, [.. batched.Transform(rows).GetColumn<float[]>("Score")]);

        // And it is saved as the stock model it was.
        _ml.Model.Save(batched, schema, again);
        AssertNear(expected, [.. _ml.Model.Load(again, out _).Transform(rows).GetColumn<float[]>("Score")]);
    }

    [Theory]
    [InlineData("no zip at all")]
    [InlineData("")]
    public void LoadBatched_NotAModel_SaysSo(string content)
    {
        string path = Path.Combine(_folder, "model.zip");
        File.WriteAllText(path, content);

        Assert.Contains(path, Assert.Throws<UserException>(() => _ml.Model.LoadBatched(path, out _)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void Transform_AnyBatchSize_KeepsOrderAndValues(int batchSize)
    {
        IDataView rows = Photos("test", 2);
        float[][] expected = Features(rows, new ImageFeatureOptions());

        float[][] actual = Features(rows, new ImageFeatureOptions { BatchSize = batchSize });

        Assert.All(expected.Zip(actual), static pair => Assert.All(pair.First.Zip(pair.Second), static value => Assert.Equal(value.First, value.Second, 1e-4f)));
    }

    [Fact]
    public void Transform_Normalize_GivesUnitLength()
    {
        float[][] features = Features(Photos("test", 1), new ImageFeatureOptions { Normalize = true });

        Assert.All(features, static vector => Assert.Equal(1, Math.Sqrt(vector.Sum(static value => (double)value * value)), 1e-5));
    }

    [Fact]
    public void Transform_InnerTensorWithGlobalAverage_EqualsTheGraphsOwnPooling()
    {
        // The graph ends with GlobalAveragePool and Flatten: pooling the tensor before them must give the same features.
        Models.Onnx.OnnxModel graph = Models.Onnx.OnnxModel.Load(Lite0.ModelPath);
        string inner = graph.Proto.Graph.Node.Single(static node => node.OpType == "GlobalAveragePool").Input[0];
        IDataView rows = Photos("test", 1);

        float[][] pooled = Features(rows, new ImageFeatureOptions { Feature = new FeatureTensor { Tensor = inner, Pooling = Pooling.GlobalAverage } });

        Assert.All(Features(rows, new ImageFeatureOptions()).Zip(pooled), static pair =>
            Assert.All(pair.First.Zip(pair.Second), static value => Assert.Equal(value.First, value.Second, 1e-4f)));
    }

    [Fact]
    public void Transform_WithCache_SecondTimeNeedsNoBackbone()
    {
        IDataView rows = Photos("test", 2);
        ImageFeatureOptions options = new() { Cache = new FeatureCacheOptions { Directory = Path.Combine(_folder, "cache") } };
        float[][] first = Features(rows, options);

        float[][] second = Features(rows, options);

        Assert.Equal(first, second);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_folder, "cache"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Transform_BrokenImage_NamesTheFile()
    {
        string broken = Path.Combine(_folder, "broken.jpg");
        File.WriteAllText(broken, "no image");
        IDataView rows = _ml.Data.LoadFromEnumerable([new PhotoRow { ImagePath = broken }]);

        UserException exception = Assert.ThrowsAny<UserException>(() => Features(rows, new ImageFeatureOptions()));

        Assert.Contains(broken, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_NoRows_GivesNoRows() =>
        Assert.Empty(Features(_ml.Data.LoadFromEnumerable(Array.Empty<PhotoRow>()), new ImageFeatureOptions()));

    [Fact]
    public void Transform_OtherColumnOnly_RunsNothing()
    {
        // The path does not exist: reading the label must not look at it.
        IDataView rows = _ml.Data.LoadFromEnumerable([new PhotoRow { ImagePath = "nowhere.jpg", Label = "a" }]);
        using ImageFeatureExtractingTransformer transformer = _ml.Transforms.ExtractImageFeatures("Features", "ImagePath", Lite0).Fit(rows);

        Assert.Equal(["a"], transformer.Transform(rows).GetColumn<string>("Label"));
    }

    [Fact]
    public void GetOutputSchema_IsWhatTransformGives()
    {
        IDataView rows = Photos("test", 1);
        ImageFeatureExtractingEstimator estimator = _ml.Transforms.ExtractImageFeatures("Features", "ImagePath", Lite0);
        using ImageFeatureExtractingTransformer transformer = estimator.Fit(rows);

        // ML.NET itself derives a shape from a real schema when an estimator that learns nothing comes behind it.
        SchemaShape promised = _ml.Transforms.CopyColumns("Copy", "Label").Append(estimator).GetOutputSchema(Shape());
        SchemaShape.Column column = promised.Single(static candidate => candidate.Name == "Features");
        VectorDataViewType type = Assert.IsType<VectorDataViewType>(transformer.GetOutputSchema(rows.Schema)["Features"].Type);

        Assert.Equal((SchemaShape.Column.VectorKind.Vector, (DataViewType)NumberDataViewType.Single), (column.Kind, column.ItemType));
        Assert.Equal((1280, (DataViewType)NumberDataViewType.Single), (type.Size, type.ItemType));
    }

    [Theory]
    [InlineData("Imagepath")]
    [InlineData("Number")]
    public void Fit_WrongColumn_NamesIt(string column)
    {
        IDataView rows = _ml.Data.LoadFromEnumerable([new PhotoRow { ImagePath = "x.jpg" }]);

        Exception exception = Assert.ThrowsAny<ArgumentException>(() => _ml.Transforms.ExtractImageFeatures("Features", column, Lite0).Fit(rows));

        Assert.Contains($"'{column}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_ImageColumnAndBytesColumn_EqualThePath()
    {
        IDataView rows = Photos("test", 1);
        float[][] expected = Features(rows, new ImageFeatureOptions());
        PhotoRow[] photos = [.. _ml.Data.CreateEnumerable<PhotoRow>(rows, reuseRowObject: false)];
        Models.Images.StockImageChain chain = Models.Images.StockImageChain.For(Lite0.Card.Image!);
        ImageFeatureOptions options = new() { Chain = chain };

        IDataView images = _ml.Transforms.LoadImages("Image", string.Empty, "ImagePath").Fit(rows).Transform(rows);
        using ImageFeatureExtractingTransformer fromImage = _ml.Transforms.ExtractImageFeatures("Features", "Image", Lite0, options).Fit(images);
        IDataView bytes = _ml.Data.LoadFromEnumerable(photos.Select(static photo => new BytesRow { Content = File.ReadAllBytes(photo.ImagePath) }));
        using ImageFeatureExtractingTransformer fromBytes = _ml.Transforms.ExtractImageFeatures("Features", "Content", Lite0, options).Fit(bytes);

        float[][] path = Features(rows, options);
        Assert.Equal(path, fromImage.Transform(images).GetColumn<float[]>("Features"));
        Assert.Equal(path, fromBytes.Transform(bytes).GetColumn<float[]>("Features"));
        Assert.Equal(expected.Length, path.Length);
    }

    private static void AssertNear(float[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), static pair => Assert.All(pair.First.Zip(pair.Second), static value => Assert.Equal(value.First, value.Second, 1e-4f)));
    }

    private float[][] Features(IDataView rows, ImageFeatureOptions options)
    {
        using ImageFeatureExtractingTransformer transformer = _ml.Transforms.ExtractImageFeatures("Features", "ImagePath", Lite0, options).Fit(rows);
        return [.. transformer.Transform(rows).GetColumn<float[]>("Features")];
    }

    private IDataView Photos(string part, int perClass)
    {
        string folder = Path.Combine(Repository.Root, "samples", "flowers", "data", part);
        return _ml.Data.LoadFromEnumerable(Directory.GetDirectories(folder).Order(StringComparer.Ordinal).SelectMany(directory =>
            Directory.GetFiles(directory).Order(StringComparer.Ordinal).Take(perClass)
                .Select(file => new PhotoRow { ImagePath = file, Label = Path.GetFileName(directory) })).ToArray());
    }

    /// <summary>The shape of <see cref="PhotoRow"/>: what an estimator that adds these columns to none promises.</summary>
    private SchemaShape Shape() =>
        _ml.Transforms.CustomMapping<Nothing, PhotoRow>(static (_, _) => { }, contractName: null).GetOutputSchema(new SchemaShape([]));

#pragma warning disable CA1812 // Made by ML.NET.
    private sealed class PhotoRow
    {
        public string ImagePath { get; set; } = string.Empty;

        public string Label { get; set; } = string.Empty;

        public float Number { get; set; }
    }

    private sealed class Nothing;

    private sealed class BytesRow
    {
        public byte[] Content { get; set; } = [];
    }

    private sealed class FeatureRow
    {
        public float[] Features { get; set; } = [];
    }
#pragma warning restore CA1812
}

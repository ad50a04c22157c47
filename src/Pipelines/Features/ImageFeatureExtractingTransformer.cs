using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.Features;

/// <summary>Adds a column with the features of images. Rows stream through in batches; the saved form is a chain of ML.NET's own transforms.</summary>
public sealed class ImageFeatureExtractingTransformer : ITransformer, IDisposable
{
    private readonly FeatureGraph _graph;
    private readonly ImageFeatureExtractor _extractor;
    private readonly string _outputColumn;
    private readonly ImageColumn _column;
    private readonly ImageFeatureOptions _options;
    private readonly Lazy<ITransformer> _stock;

    internal ImageFeatureExtractingTransformer(FeatureGraph graph, string outputColumn, ImageColumn column, ImageFeatureOptions options)
    {
        _graph = graph;
        _outputColumn = outputColumn;
        _column = column;
        _options = options;
        _extractor = ImageFeatureExtractor.For(graph, options.Inference, options.BatchSize, isDeferred: options.Cache is not null);
        _stock = new Lazy<ITransformer>(CreateStock);
    }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension => _extractor.Dimension;

    /// <inheritdoc/>
    /// <remarks>True: a prediction engine runs the stock chain, one row a call.</remarks>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (ImageColumn.Find(inputSchema, _column.Name) is { } found && found.Kind != _column.Kind)
        {
            throw new ArgumentOutOfRangeException(
                nameof(inputSchema), $"Schema mismatch for input column '{_column.Name}': expected {_column.Expected}, got {inputSchema[_column.Name].Type}");
        }

        return FeatureColumnSchema.Schema(inputSchema, _outputColumn, Dimension);
    }

    /// <summary>Adds the feature column. Nothing is computed before a cursor asks for it.</summary>
    /// <param name="input">Data with the input column.</param>
    /// <returns>Rows in the order of <paramref name="input"/>. Reading one whose image is broken throws a <see cref="UserException"/> that names it.</returns>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new FeatureDataView(input, GetOutputSchema(input.Schema), rows => Extract(rows, CancellationToken.None));
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => _stock.Value.GetRowToRowMapper(inputSchema);

    /// <inheritdoc/>
    public void Dispose()
    {
        _extractor.Dispose();
        if (_stock.IsValueCreated)
        {
            (_stock.Value as IDisposable)?.Dispose();
        }
    }

    /// <summary>Features of all rows in order, those that failed included.</summary>
    internal IEnumerable<FeatureResult> Extract(IDataView input, CancellationToken cancellationToken)
    {
        using FeatureStoreScope store = FeatureStoreScope.Open(_options.Cache, _graph, _extractor.Dimension);
        IEnumerable<ImageRow> rows = _column.Read(input, _options.ImageFolder);
        foreach (FeatureResult result in _extractor.Extract(rows, store.Store, cancellationToken))
        {
            yield return result;
        }
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => _stock.Value.Save(ctx);

    private TransformerChain<ITransformer> CreateStock()
    {
        if (_graph.Options.Chain is not { } chain)
        {
            throw new UserException(
                "Exact image preprocessing has no counterpart among ML.NET's transforms, so this transformer cannot be saved or used in a prediction engine. Use ImagePreprocessingMode.Stock, or export to ONNX.");
        }

        MLContext context = new();
        string image = _column.Kind == ImageColumnKind.Path ? Temporary("image") : _column.Name;
        List<ITransformer> steps = [];
        if (_column.Kind == ImageColumnKind.Bytes)
        {
            throw new UserException(
                "ML.NET has no transform that decodes the bytes of an image file, so this transformer cannot be saved or used in a prediction engine. Use a column of paths or of MLImage.");
        }

        DataViewSchema.Builder schema = new();
        schema.AddColumn(_column.Name, _column.Kind == ImageColumnKind.Path ? TextDataViewType.Instance : new ImageDataViewType());
        IDataView empty = new EmptyRows(schema.ToSchema());
        if (_column.Kind == ImageColumnKind.Path)
        {
            Add(context.Transforms.LoadImages(image, _options.ImageFolder ?? string.Empty, _column.Name));
        }

        Add(context.Transforms.ResizeImages(
            Temporary("resized"), chain.ResizeWidth, chain.ResizeHeight, image, (ImageResizingEstimator.ResizingKind)chain.Resizing, ImageResizingEstimator.Anchor.Center));
        Add(context.Transforms.ExtractPixels(Temporary("pixels"), Temporary("resized"), outputAsFloatArray: false));

        Dictionary<string, string> names = new() { [FeatureGraph.Pixels] = Temporary("pixels"), [FeatureGraph.Features] = _outputColumn };
        Models.Onnx.OnnxModel model = new SavedFeatures
        {
            Inputs = [_column.Name],
            Pixels = Temporary("pixels"),
            Output = _outputColumn,
            ImageFolder = _options.ImageFolder,
            Chain = chain,
        }.AddTo(_graph.WithColumns(names, Dimension));
        using MemoryStream bytes = new(StockModels.MLNetReadableGraph.From(model.WithEmbeddedData()).ToBytes());
        Add(context.Transforms.ApplyOnnxModel([_outputColumn], [Temporary("pixels")], bytes));
        string[] temporaries = [.. steps.Count == 4 ? [Temporary("image")] : Array.Empty<string>(), Temporary("resized"), Temporary("pixels")];
        Add(context.Transforms.DropColumns(temporaries));
        return new TransformerChain<ITransformer>([.. steps]);

        void Add(IEstimator<ITransformer> estimator)
        {
            ITransformer transformer = estimator.Fit(empty);
            empty = transformer.Transform(empty);
            steps.Add(transformer);
        }
    }

    private string Temporary(string what) => string.Create(CultureInfo.InvariantCulture, $"{_outputColumn}.{what}");
}

using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Batching;
using MLTransfer.Models.Text.Graph;
using MLTransfer.Pipelines.Features.NativeTokens;

namespace MLTransfer.Pipelines.Features;

/// <summary>Adds a column with the features of texts. Rows stream through in batches; the saved form is one of ML.NET's own transforms.</summary>
/// <remarks>For tokenizers that are not part of the graph see <see cref="ModelTokenizers"/>.</remarks>
public sealed class TextFeatureExtractingTransformer : ITransformer, IDisposable
{
    private const int ProcessorTokens = 512;
    private const int OtherTokens = 8192;

    private readonly FeatureGraph _graph;
    private readonly TextFeatureExtractor _extractor;
    private readonly string _outputColumn;
    private readonly string[] _inputColumns;
    private readonly TextFeatureOptions _options;
    private readonly Lazy<ITransformer> _stock;
    private readonly Lazy<NativeTokenizer?> _nativeTokenizer;

    internal TextFeatureExtractingTransformer(FeatureGraph graph, string outputColumn, string[] inputColumns, TextFeatureOptions options)
    {
        _graph = graph;
        _outputColumn = outputColumn;
        _inputColumns = inputColumns;
        _options = options;
        TextPreprocessing text = graph.Backbone.Card.Text
            ?? throw new UserException($"Backbone '{graph.Backbone.Card.Name}' does not read texts: its card has no field 'text'.");
        ITextTokenizer tokenizer = TextTokenizers.Create(text.Tokenizer, graph.Backbone.Directory);
        _extractor = new TextFeatureExtractor(graph, tokenizer, options.Inference, new TokenBudget { Tokens = options.BatchTokens ?? (options.Inference.Provider == ExecutionProvider.Cpu ? ProcessorTokens : OtherTokens) }, isDeferred: options.Cache is not null);
        _stock = new Lazy<ITransformer>(CreateStock);
        _nativeTokenizer = new Lazy<NativeTokenizer?>(() =>
            TextGraph.Supports(text, graph.Backbone.Directory, inputColumns.Length > 1) ? null : NativeTokenizer.Of(text, graph.Backbone.Directory));
    }

    /// <summary>The tokenizer that lies beside the saved model; null where it is part of the graph.</summary>
    internal NativeTokenizer? NativeTokenizer => _nativeTokenizer.Value;

    /// <summary>Length of a feature vector.</summary>
    public int Dimension => _extractor.Dimension;

    /// <inheritdoc/>
    /// <remarks>True: a prediction engine runs the graph with the tokenizer in it, one row a call.</remarks>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        TextColumns.Check(inputSchema, _inputColumns);
        return FeatureColumnSchema.Schema(inputSchema, _outputColumn, Dimension);
    }

    /// <summary>Adds the feature column. Nothing is computed before a cursor asks for it.</summary>
    /// <param name="input">Data with the input columns.</param>
    /// <returns>Rows in the order of <paramref name="input"/>.</returns>
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

    /// <summary>Features of all rows in order.</summary>
    /// <param name="input">The rows.</param>
    /// <param name="cancellationToken">Ends the work between two batches.</param>
    /// <param name="progress">Told of each batch that is computed; results come in larger parts.</param>
    internal IEnumerable<FeatureResult> Extract(IDataView input, CancellationToken cancellationToken, IProgress<int>? progress = null)
    {
        using FeatureStoreScope store = FeatureStoreScope.Open(_options.Cache, _graph, _extractor.Dimension);
        foreach (FeatureResult result in _extractor.Extract(TextColumns.Read(input, _inputColumns), store.Store, cancellationToken, progress))
        {
            yield return result;
        }
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => _stock.Value.Save(ctx);

    private TransformerChain<ITransformer> CreateStock()
    {
        if (NativeTokenizer is { } tokenizer)
        {
            return NativeTokenChain.Build(_graph, tokenizer, _inputColumns, _outputColumn, Dimension);
        }

        OnnxModel model = TextToFeatures.Build(_graph, _inputColumns, _outputColumn, Dimension);
        MLContext context = new();
        using MemoryStream bytes = new(StockModels.MLNetReadableGraph.From(model.WithEmbeddedData()).ToBytes());
        DataViewSchema.Builder schema = new();
        foreach (string column in _inputColumns)
        {
            schema.AddColumn(column, TextDataViewType.Instance);
        }

        ITransformer onnx = context.Transforms.ApplyOnnxModel([_outputColumn], _inputColumns, bytes).Fit(new EmptyRows(schema.ToSchema()));
        return new TransformerChain<ITransformer>(onnx);
    }
}

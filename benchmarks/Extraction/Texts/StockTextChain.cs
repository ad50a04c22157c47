using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Tokenizers;
using Microsoft.ML.Transforms.Onnx;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.StockModels;

namespace MLTransfer.Benchmarks.Extraction.Texts;

/// <summary>The peer: what an ML.NET user writes today. Microsoft.ML.Tokenizers in a custom mapping, then ApplyOnnxModel on the same graph, row by row.</summary>
/// <param name="dataSet">The data set.</param>
/// <param name="isPadded">
/// Whether every row is padded to the length of the data set's longest one: the least that vectors of a fixed length, as ML.NET's samples have them, can do
/// without cutting a text. Otherwise each row has its own length, which works with one open dimension beside the batch, and is the best that the stock chain can do.
/// </param>
internal sealed class StockTextChain(string dataSet, bool isPadded) : IExtractionVariant
{
    private const string Feature = FeatureGraph.Features;
    private readonly TextSource _source = new(dataSet);
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _modelPath = Path.Combine(Path.GetTempPath(), $"stock-text-chain-{Environment.ProcessId}.onnx");
    private TransformerChain<OnnxTransformer>? _model;

    private int _length;

    public string Note => isPadded ? $"row by row, padded to {_length} tokens" : "row by row, no padding";

    public void WarmUp()
    {
        var backbone = Backbone.Load(TextSource.Backbone);
        FeatureGraph graph = FeatureGraph.Build(backbone, new FeatureGraphOptions());
        MLNetReadableGraph.From(graph.Model).Save(_modelPath);
        int maximum = backbone.Card.Text!.MaximumLength;
        BertTokenizer tokenizer = BertTokenizer.Create(Path.Combine(backbone.Directory, backbone.Card.Text.Tokenizer.Vocabulary));
        int[] Encode(string text) => [.. tokenizer.EncodeToIds(text, maximum, out _, out _)];
        _length = isPadded ? _source.Texts.Max(text => Encode(text).Length) : 0;
        _model = _ml.Transforms.CustomMapping<TextRow, TokenRow>(
            (text, tokens) =>
            {
                int[] ids = Encode(text.Text);
                int length = Math.Max(_length, ids.Length);
                tokens.Ids = [.. ids.Select(static id => (long)id), .. new long[length - ids.Length]];
                tokens.Types = new long[length];
                tokens.Mask = new long[length];
                tokens.Mask.AsSpan(0, ids.Length).Fill(1);
            },
            contractName: null)
            .Append(_ml.Transforms.ApplyOnnxModel([Feature], ["input_ids", "attention_mask", "token_type_ids"], _modelPath))
            .Fit(View(1));
        Run(8);
    }

    public void Run(int rows) => FeatureCursor.Read(_model!.Transform(View(rows)), Feature, rows);

    public void Dispose() => File.Delete(_modelPath);

    private IDataView View(int rows)
        => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(row => new TextRow { Text = _source.Text(row) }));

    private sealed class TokenRow
    {
        [ColumnName("input_ids")]
        public long[] Ids { get; set; } = [];

        [ColumnName("attention_mask")]
        public long[] Mask { get; set; } = [];

        [ColumnName("token_type_ids")]
        public long[] Types { get; set; } = [];
    }
}

using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Batching;

namespace MLTransfer.Models.Inference;

/// <summary>
/// Features of texts, streamed: a window of rows is tokenised in parallel, sorted by length and packed to a token budget, so that little is computed on
/// padding. Memory is that of one window, whatever the number of rows.
/// </summary>
internal sealed class TextFeatureExtractor : IDisposable
{
    private readonly InferenceSession _session;
    private readonly ITextTokenizer _tokenizer;
    private readonly TextPreprocessing _text;
    private readonly TokenBudget _budget;
    private readonly HashSet<string> _inputs;

    /// <param name="graph">The graph, whose inputs are token ids and, where it has them, mask and token types.</param>
    /// <param name="tokenizer">The backbone's tokenizer.</param>
    /// <param name="options">How ONNX Runtime runs the graph.</param>
    /// <param name="budget">How texts are packed into batches.</param>
    public TextFeatureExtractor(FeatureGraph graph, ITextTokenizer tokenizer, InferenceOptions options, TokenBudget budget)
    {
        _text = graph.Backbone.Card.Text
            ?? throw new UserException($"Backbone '{graph.Backbone.Card.Name}' does not read texts: its card has no field 'text'.");
        _tokenizer = tokenizer;
        _budget = budget;
        _session = SessionFactory.Create(graph.Model, options, graph.Backbone.Card.Name);
        _inputs = [.. _session.InputNames];
        string[] unknown = [.. _inputs.Where(name => name != _text.InputIds && name != MaskName && name != _text.TokenTypeIds)];
        if (unknown.Length > 0)
        {
            throw new UserException(
                $"Backbone '{graph.Backbone.Card.Name}' has inputs that its card does not name: {string.Join(", ", unknown)}. Set text.inputIds, text.attentionMask and text.tokenTypeIds.");
        }

        Dimension = Run([tokenizer.Encode(string.Empty)])[0].Length;
    }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension { get; }

    private string MaskName => _text.AttentionMask is { } mask && _inputs.Contains(mask) ? mask : PoolingGraph.MaskName;

    /// <summary>Extracts features, in the order of the rows.</summary>
    /// <param name="rows">The texts; read lazily.</param>
    /// <param name="store">Features that are known already; null: all are computed.</param>
    /// <param name="cancellationToken">Ends the work between two batches.</param>
    public IEnumerable<FeatureResult> Extract(IEnumerable<TextRow> rows, IFeatureStore? store, CancellationToken cancellationToken)
    {
        foreach (TextRow[] window in rows.Chunk(_budget.Window))
        {
            FeatureResult[] results = new FeatureResult[window.Length];
            UInt128[] keys = new UInt128[window.Length];
            TokenizedText?[] tokens = new TokenizedText?[window.Length];
            ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
            Parallel.For(0, window.Length, parallel, i =>
            {
                if (store is not null)
                {
                    keys[i] = RowKey.Of(window[i].Text, window[i].Pair);
                    float[] known = new float[Dimension];
                    if (store.TryGet(keys[i], known))
                    {
                        results[i] = new FeatureResult(known, null);
                        return;
                    }
                }

                tokens[i] = _tokenizer.Encode(window[i].Text, window[i].Pair, _text.MaximumLength);
            });

            int[] open = [.. Enumerable.Range(0, window.Length).Where(i => tokens[i] is not null)];
            int[] lengths = Array.ConvertAll(open, i => tokens[i]!.Ids.Length);
            foreach (int[] batch in TokenBatches.Pack(lengths, _budget))
            {
                cancellationToken.ThrowIfCancellationRequested();
                float[][] vectors = Run(Array.ConvertAll(batch, slot => tokens[open[slot]]!));
                for (int i = 0; i < batch.Length; i++)
                {
                    int row = open[batch[i]];
                    results[row] = new FeatureResult(vectors[i], null);
                    store?.Add(keys[row], vectors[i]);
                }
            }

            foreach (FeatureResult result in results)
            {
                yield return result;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private float[][] Run(TokenizedText[] rows)
    {
        PaddedTokens batch = PaddedTokens.From(rows, _tokenizer.PaddingId);
        long[] shape = [batch.Rows, batch.Length];
        List<string> names = [];
        List<OrtValue> values = [];
        try
        {
            Add(_text.InputIds, batch.Ids);
            Add(MaskName, batch.Mask);
            Add(_text.TokenTypeIds, batch.TypeIds);
            using RunOptions run = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, names, values, [FeatureGraph.Features]);
            ReadOnlySpan<float> features = outputs[0].GetTensorDataAsSpan<float>();
            int dimension = features.Length / batch.Rows;
            float[][] vectors = new float[batch.Rows][];
            for (int i = 0; i < vectors.Length; i++)
            {
                vectors[i] = features.Slice(i * dimension, dimension).ToArray();
            }

            return vectors;
        }
        finally
        {
            values.ForEach(static value => value.Dispose());
        }

        void Add(string? name, long[] data)
        {
            if (name is not null && _inputs.Contains(name))
            {
                names.Add(name);
                values.Add(OrtValue.CreateTensorValueFromMemory(data, shape));
            }
        }
    }
}

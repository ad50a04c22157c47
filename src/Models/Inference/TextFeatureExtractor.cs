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
    private readonly FeatureSession _session;
    private readonly ITextTokenizer _tokenizer;
    private readonly TextPreprocessing _text;
    private readonly TokenBudget _budget;
    private readonly Concurrency _concurrency;
    private readonly HashSet<string> _inputs;
    private readonly RunOptions _run = new();

    /// <param name="graph">The graph, whose inputs are token ids and, where it has them, mask and token types.</param>
    /// <param name="tokenizer">The backbone's tokenizer.</param>
    /// <param name="options">How ONNX Runtime runs the graph.</param>
    /// <param name="budget">How texts are packed into batches.</param>
    /// <param name="isDeferred">Whether the session may wait for the first row that must be computed.</param>
    /// <exception cref="UserException">The backbone does not read texts, or the execution provider is not there.</exception>
    public TextFeatureExtractor(FeatureGraph graph, ITextTokenizer tokenizer, InferenceOptions options, TokenBudget budget, bool isDeferred = false)
    {
        _text = graph.Backbone.Card.Text
            ?? throw new UserException($"Backbone '{graph.Backbone.Card.Name}' does not read texts: its card has no field 'text'.");
        _tokenizer = tokenizer;
        _concurrency = Concurrency.Of(options);
        SessionFactory.RequireProvider(options);
        _inputs = [.. graph.Model.Inputs.Select(static input => input.Name)];
        string[] unknown = [.. _inputs.Where(name => name != _text.InputIds && name != MaskName && name != _text.TokenTypeIds)];
        if (unknown.Length > 0)
        {
            throw new UserException(
                $"Backbone '{graph.Backbone.Card.Name}' has inputs that its card does not name: {string.Join(", ", unknown)}. Set text.inputIds, text.attentionMask and text.tokenTypeIds.");
        }

        _budget = budget;
        _session = new FeatureSession(
            graph.Backbone.Card.Name,
            () => SessionFactory.Create(graph.Model, _concurrency.In(options), graph.Backbone.Card.Name),
            (session, rows, run) => Run(session, [.. Enumerable.Repeat(tokenizer.Encode(string.Empty), rows)], run, Shape),
            isDeferred ? graph.DeclaredDimension : null);
    }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension => _session.Dimension;

    private string MaskName => _text.AttentionMask is { } mask && _inputs.Contains(mask) ? mask : PoolingGraph.MaskName;

    /// <summary>Extracts features, in the order of the rows.</summary>
    /// <param name="rows">The texts; read lazily.</param>
    /// <param name="store">Features that are known already; null: all are computed.</param>
    /// <param name="cancellationToken">Ends the work between two batches.</param>
    /// <param name="progress">Told of the rows of each batch when they are computed, or known; a window's results come later, all together.</param>
    public IEnumerable<FeatureResult> Extract(
        IEnumerable<TextRow> rows, IFeatureStore? store, CancellationToken cancellationToken, IProgress<int>? progress = null)
    {
        IEnumerable<Batch> batches = OrderedWork.Run(
            rows.Chunk(_budget.Window).SelectMany(window => Pack(window, store, cancellationToken)),
            _concurrency.Workers,
            batch =>
            {
                float[][] vectors = batch.Rows.Length == 0 ? [] : Run(_session.Session, Array.ConvertAll(batch.Rows, row => batch.Window.Tokens[row]!), _run, Vectors);
                for (int i = 0; i < vectors.Length; i++)
                {
                    batch.Window.Results[batch.Rows[i]] = new FeatureResult(vectors[i], null);
                }

                return batch;
            },
            cancellationToken);
        foreach (Batch batch in batches)
        {
            foreach (int row in batch.Rows)
            {
                store?.Add(batch.Window.Keys[row], batch.Window.Results[row].Features);
            }

            progress?.Report(batch.Rows.Length);
            if (batch.IsLast)
            {
                progress?.Report(batch.Window.Tokens.Count(static tokens => tokens is null));

                // Batches come in order, so all rows of the window are computed.
                foreach (FeatureResult result in batch.Window.Results)
                {
                    yield return result;
                }
            }
        }
    }

    /// <summary>Tokenises a window and packs what is not known yet. A window gives at least one batch, which may be empty.</summary>
    private IEnumerable<Batch> Pack(TextRow[] texts, IFeatureStore? store, CancellationToken cancellationToken)
    {
        Window window = new(texts.Length);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        Parallel.For(0, texts.Length, parallel, i =>
        {
            if (store is not null)
            {
                window.Keys[i] = RowKey.Of(texts[i].Text, texts[i].Pair);
                float[] known = new float[Dimension];
                if (store.TryGet(window.Keys[i], known))
                {
                    window.Results[i] = new FeatureResult(known, null);
                    return;
                }
            }

            window.Tokens[i] = _tokenizer.Encode(texts[i].Text, texts[i].Pair, _text.MaximumLength);
        });

        int[] open = [.. Enumerable.Range(0, texts.Length).Where(i => window.Tokens[i] is not null)];
        TokenBudget budget = open.Length == 0 || _session.AnyBatch ? _budget : _budget with { Rows = 1 };
        IReadOnlyList<int[]> packed = TokenBatches.Pack(Array.ConvertAll(open, i => window.Tokens[i]!.Ids.Length), budget);
        for (int i = 0; i < packed.Count; i++)
        {
            yield return new Batch(window, Array.ConvertAll(packed[i], slot => open[slot]), IsLast: i == packed.Count - 1);
        }

        if (packed.Count == 0)
        {
            yield return new Batch(window, [], IsLast: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    private T Run<T>(InferenceSession session, TokenizedText[] rows, RunOptions run, Func<OrtValue, T> read)
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
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, names, values, [FeatureGraph.Features]);
            return read(outputs[0]);
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

    private static long[] Shape(OrtValue features) => features.GetTensorTypeAndShape().Shape;

    private float[][] Vectors(OrtValue value)
    {
        ReadOnlySpan<float> features = value.GetTensorDataAsSpan<float>();
        float[][] vectors = new float[features.Length / Dimension][];
        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i] = features.Slice(i * Dimension, Dimension).ToArray();
        }

        return vectors;
    }

    /// <summary>Rows that are sorted by length together.</summary>
    private sealed class Window(int rows)
    {
        public FeatureResult[] Results { get; } = new FeatureResult[rows];

        public UInt128[] Keys { get; } = new UInt128[rows];

        public TokenizedText?[] Tokens { get; } = new TokenizedText?[rows];
    }

    /// <summary>Rows of a window that are computed in one call.</summary>
    private sealed record Batch(Window Window, int[] Rows, bool IsLast);
}

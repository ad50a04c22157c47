using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Batching;

namespace MLTransfer.Benchmarks.Extraction.Texts;

/// <summary>The floor: nothing but ONNX Runtime, over token tensors that are ready and sorted by length, at the batch size that is fastest on this machine.</summary>
internal sealed class BareTextLoop(string dataSet) : IExtractionVariant
{
    private const int ProbeRows = 512;
    private static readonly int[] BatchSizes = [1, 4, 8, 16, 32, 64, 128];
    private readonly Backbone _backbone = Backbone.Load(TextSource.Backbone);
    private InferenceSession? _session;
    private TokenizedText[] _rows = [];
    private PaddedTokens[] _batches = [];
    private int _batchSize;

    public string Note => $"batch {_batchSize}, sorted by length";

    public void WarmUp()
    {
        _session = new InferenceSession(_backbone.ModelPath);
        ITextTokenizer tokenizer = TextTokenizers.Create(_backbone.Card.Text!.Tokenizer, _backbone.Directory);
        var source = new TextSource(dataSet);
        _rows = [.. source.Texts.AsParallel().AsOrdered().Select(text => tokenizer.Encode(text, null, _backbone.Card.Text.MaximumLength))];
        _batchSize = BatchSizes.MinBy(SecondsAt);
    }

    public void Prepare(int rows) => _batches = Batches(Enumerable.Range(0, rows).Select(row => _rows[row % _rows.Length]), _batchSize);

    public void Run(int rows)
    {
        foreach (PaddedTokens batch in _batches)
        {
            RunBatch(batch);
        }
    }

    public void Dispose() => _session?.Dispose();

    // Rows at even distances stand for all lengths.
    private double SecondsAt(int batchSize)
    {
        int step = Math.Max(1, _rows.Length / ProbeRows);
        PaddedTokens[] batches = Batches(_rows.Where((_, index) => index % step == 0), batchSize);
        RunBatch(batches[0]);
        long begin = Stopwatch.GetTimestamp();
        Array.ForEach(batches, RunBatch);
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static PaddedTokens[] Batches(IEnumerable<TokenizedText> rows, int batchSize)
        => [.. rows.OrderByDescending(row => row.Ids.Length).Chunk(batchSize).Select(chunk => PaddedTokens.From(chunk, 0))];

    private void RunBatch(PaddedTokens batch)
    {
        long[] shape = [batch.Rows, batch.Length];
        using OrtValue ids = OrtValue.CreateTensorValueFromMemory(batch.Ids, shape);
        using OrtValue mask = OrtValue.CreateTensorValueFromMemory(batch.Mask, shape);
        using OrtValue types = OrtValue.CreateTensorValueFromMemory(batch.TypeIds, shape);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> output
            = _session!.Run(run, ["input_ids", "attention_mask", "token_type_ids"], [ids, mask, types], ["last_hidden_state"]);
    }
}

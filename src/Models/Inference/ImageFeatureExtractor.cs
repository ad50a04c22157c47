using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Models.Inference;

/// <summary>
/// Features of images, streamed in batches: while ONNX Runtime computes one batch, the next one is read and decoded on the other threads. Memory is
/// that of two batches, whatever the number of rows.
/// </summary>
internal sealed class ImageFeatureExtractor : IDisposable
{
    private readonly InferenceSession _session;
    private readonly StockImagePreprocessor? _stock;
    private readonly ExactImagePreprocessor? _exact;
    private readonly string _inputName;
    private readonly string _outputName;
    private readonly long[] _inputShape;
    private readonly int _batchSize;

    private ImageFeatureExtractor(
        InferenceSession session, StockImagePreprocessor? stock, ExactImagePreprocessor? exact, string inputName, long[] inputShape, string outputName, int batchSize)
    {
        _session = session;
        _stock = stock;
        _exact = exact;
        _inputName = inputName;
        _inputShape = inputShape;
        _outputName = outputName;
        _batchSize = batchSize;
        Dimension = ProbeDimension();
    }

    /// <summary>For a graph that takes pixels of ML.NET's transforms.</summary>
    /// <param name="model">The graph, with an input uint8 <c>[batch, 3, height, width]</c>.</param>
    /// <param name="chain">What ML.NET's transforms do.</param>
    /// <param name="inputName">Name of the pixels.</param>
    /// <param name="outputName">Name of the features.</param>
    /// <param name="options">How ONNX Runtime runs the graph.</param>
    /// <param name="batchSize">Images of one call.</param>
    public static ImageFeatureExtractor ForStockPixels(
        OnnxModel model, StockImageChain chain, string inputName, string outputName, InferenceOptions options, int batchSize) => new(
            SessionFactory.Create(model, options, outputName),
            new StockImagePreprocessor(chain), null, inputName, [0, 3, chain.ResizeHeight, chain.ResizeWidth], outputName, batchSize);

    /// <summary>For a feature graph: with a chain it takes pixels of ML.NET's transforms, without one the tensor of exact preprocessing.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">How ONNX Runtime runs it.</param>
    /// <param name="batchSize">Images of one call.</param>
    /// <exception cref="UserException">The backbone does not read images.</exception>
    public static ImageFeatureExtractor For(FeatureGraph graph, InferenceOptions options, int batchSize)
    {
        ImagePreprocessing image = graph.Backbone.Card.Image
            ?? throw new UserException($"Backbone '{graph.Backbone.Card.Name}' does not read images: its card has no field 'image'.");
        if (graph.Options.Chain is { } chain)
        {
            return ForStockPixels(graph.Model, chain, FeatureGraph.Pixels, FeatureGraph.Features, options, batchSize);
        }

        long[] shape = image.Layout == TensorLayout.Nchw ? [0, 3, image.Height, image.Width] : [0, image.Height, image.Width, 3];
        return new ImageFeatureExtractor(
            SessionFactory.Create(graph.Model, options, graph.Backbone.Card.Name),
            null, new ExactImagePreprocessor(image), FeatureGraph.ImageInput(graph.Model, image, graph.Backbone), shape, FeatureGraph.Features, batchSize);
    }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension { get; }

    private int RowLength => checked((int)(_inputShape[1] * _inputShape[2] * _inputShape[3]));

    /// <summary>Extracts features, in the order of the rows. A row that cannot be read or decoded is a result with an error.</summary>
    /// <param name="rows">The images; read lazily.</param>
    /// <param name="store">Features that are known already; null: all are computed.</param>
    /// <param name="cancellationToken">Ends the work between two batches.</param>
    public IEnumerable<FeatureResult> Extract(IEnumerable<ImageRow> rows, IFeatureStore? store, CancellationToken cancellationToken) =>
        _stock is not null
            ? Extract<byte>(rows, store, (bytes, row, target) => Stock(bytes, row, target), cancellationToken)
            : Extract<float>(rows, store, (bytes, row, target) => Exact(bytes, row, target), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private delegate void Preprocess<T>(byte[]? encoded, ImageRow row, Span<T> target);

    private void Stock(byte[]? encoded, ImageRow row, Span<byte> target)
    {
        if (row.Pixels is { } pixels)
        {
            _stock!.Preprocess(pixels.Bytes, pixels.Width, pixels.Height, pixels.BlueFirst, target);
        }
        else
        {
            _stock!.Preprocess(encoded, row.Name, target);
        }
    }

    private void Exact(byte[]? encoded, ImageRow row, Span<float> target)
    {
        if (row.Pixels is not null)
        {
            throw new UserException($"{row.Name}: exact preprocessing needs the image file or its bytes; decoded pixels have lost orientation and alpha.");
        }

        _exact!.Preprocess(encoded, row.Name, target);
    }

    private IEnumerable<FeatureResult> Extract<T>(
        IEnumerable<ImageRow> rows, IFeatureStore? store, Preprocess<T> preprocess, CancellationToken cancellationToken)
        where T : unmanaged
    {
        // Two buffers take turns: one is filled while the other is computed.
        Batch<T>[] buffers = [new(_batchSize, RowLength), new(_batchSize, RowLength)];
        using IEnumerator<ImageRow[]> chunks = rows.Chunk(_batchSize).GetEnumerator();
        Task<Batch<T>?> next = Fill(buffers[0]);
        try
        {
            for (int turn = 1; ; turn ^= 1)
            {
                Batch<T>? batch = next.GetAwaiter().GetResult();
                if (batch is null)
                {
                    yield break;
                }

                cancellationToken.ThrowIfCancellationRequested();
                next = Fill(buffers[turn]);
                Run(batch, store);
                foreach (FeatureResult result in batch.Results.AsSpan(0, batch.Count).ToArray())
                {
                    yield return result;
                }
            }
        }
        finally
        {
            // A caller may stop in the middle; the buffer in the making must not outlive the enumeration.
            Task.WaitAny([next], CancellationToken.None);
        }

        Task<Batch<T>?> Fill(Batch<T> batch)
        {
            // The rows are read here, on the caller's thread: cursors belong to one thread.
            ImageRow[]? chunk = chunks.MoveNext() ? chunks.Current : null;
            return chunk is null ? Task.FromResult<Batch<T>?>(null) : Task.Run<Batch<T>?>(
                () =>
                {
                    batch.Fill(chunk, Dimension, store, preprocess, cancellationToken);
                    return batch;
                },
                CancellationToken.None);
        }
    }

    private void Run<T>(Batch<T> batch, IFeatureStore? store)
        where T : unmanaged
    {
        int count = batch.Compact();
        if (count == 0)
        {
            return;
        }

        _inputShape[0] = count;
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, batch.Tensor.AsMemory(0, count * RowLength), _inputShape);
        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, [_inputName], [input], [_outputName]);
        ReadOnlySpan<float> features = outputs[0].GetTensorDataAsSpan<float>();
        for (int i = 0; i < count; i++)
        {
            int row = batch.Slots[i];
            float[] vector = features.Slice(i * Dimension, Dimension).ToArray();
            batch.Results[row] = new FeatureResult(vector, null);
            store?.Add(batch.Keys[row], vector);
        }
    }

    private int ProbeDimension()
    {
        long[] shape = [1, .. _inputShape[1..]];
        using OrtValue input = _stock is not null
            ? OrtValue.CreateTensorValueFromMemory(new byte[RowLength], shape)
            : OrtValue.CreateTensorValueFromMemory(new float[RowLength], shape);
        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, [_inputName], [input], [_outputName]);
        return checked((int)outputs[0].GetTensorTypeAndShape().ElementCount);
    }

    /// <summary>The rows of one call to ONNX Runtime.</summary>
    private sealed class Batch<T>(int capacity, int rowLength)
        where T : unmanaged
    {
        private readonly bool[] _filled = new bool[capacity];

        public T[] Tensor { get; } = new T[capacity * rowLength];

        public FeatureResult[] Results { get; } = new FeatureResult[capacity];

        public UInt128[] Keys { get; } = new UInt128[capacity];

        /// <summary>The row of each slot of the tensor, after <see cref="Compact"/>.</summary>
        public int[] Slots { get; } = new int[capacity];

        public int Count { get; private set; }

        public void Fill(ImageRow[] rows, int dimension, IFeatureStore? store, Preprocess<T> preprocess, CancellationToken cancellationToken)
        {
            Count = rows.Length;
            ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
            Parallel.For(0, rows.Length, parallel, i =>
            {
                _filled[i] = false;
                Results[i] = default;
                try
                {
                    byte[]? encoded = rows[i].Pixels is null ? rows[i].Encoded ?? File.ReadAllBytes(rows[i].Name) : null;
                    if (store is not null)
                    {
                        Keys[i] = rows[i].Pixels is { } pixels ? RowKey.Of(pixels.Bytes, pixels.Width) : RowKey.Of(encoded);
                        float[] known = new float[dimension];
                        if (store.TryGet(Keys[i], known))
                        {
                            Results[i] = new FeatureResult(known, null);
                            return;
                        }
                    }

                    preprocess(encoded, rows[i], Tensor.AsSpan(i * rowLength, rowLength));
                    _filled[i] = true;
                }
                catch (Exception exception) when (exception is UserException or IOException or UnauthorizedAccessException)
                {
                    Results[i] = new FeatureResult(null, exception);
                }
            });
        }

        /// <summary>Moves the rows that must be computed to the front of the tensor; returns their number.</summary>
        public int Compact()
        {
            int count = 0;
            for (int i = 0; i < Count; i++)
            {
                if (!_filled[i])
                {
                    continue;
                }

                if (count != i)
                {
                    Tensor.AsSpan(i * rowLength, rowLength).CopyTo(Tensor.AsSpan(count * rowLength, rowLength));
                }

                Slots[count++] = i;
            }

            return count;
        }
    }
}

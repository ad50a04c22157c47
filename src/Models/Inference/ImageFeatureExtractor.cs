using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Models.Inference;

/// <summary>
/// Features of images, streamed in batches: each core reads, decodes and computes a batch of its own. Memory is that of a few batches a core, whatever
/// the number of rows.
/// </summary>
internal sealed class ImageFeatureExtractor : IDisposable
{
    private readonly FeatureSession _session;
    private readonly StockImagePreprocessor? _stock;
    private readonly ExactImagePreprocessor? _exact;
    private readonly string _inputName;
    private readonly string _outputName;
    private readonly long[] _inputShape;
    private readonly int _batchSize;
    private readonly Concurrency _concurrency;

    private ImageFeatureExtractor(
        Func<InferenceSession> session,
        int? declaredDimension,
        StockImagePreprocessor? stock,
        ExactImagePreprocessor? exact,
        string inputName,
        long[] inputShape,
        string outputName,
        string backbone,
        Concurrency concurrency,
        int batchSize)
    {
        _concurrency = concurrency;
        _stock = stock;
        _exact = exact;
        _inputName = inputName;
        _inputShape = inputShape;
        _outputName = outputName;
        _batchSize = batchSize;
        _session = new FeatureSession(backbone, session, Probe, declaredDimension);
    }

    /// <summary>For a graph that takes pixels of ML.NET's transforms.</summary>
    /// <param name="model">The graph, with an input uint8 <c>[batch, 3, height, width]</c>.</param>
    /// <param name="chain">What ML.NET's transforms do.</param>
    /// <param name="inputName">Name of the pixels.</param>
    /// <param name="outputName">Name of the features.</param>
    /// <param name="options">How ONNX Runtime runs the graph.</param>
    /// <param name="batchSize">Images of one call.</param>
    /// <param name="declaredDimension">Length of a feature vector, where the session may wait for the first row; null: it is made at once.</param>
    public static ImageFeatureExtractor ForStockPixels(
        OnnxModel model, StockImageChain chain, string inputName, string outputName, InferenceOptions options, int batchSize, int? declaredDimension = null) => new(
            () => SessionFactory.Create(model, Concurrency.Of(options).In(options), outputName),
            declaredDimension,
            new StockImagePreprocessor(chain),
            null,
            inputName,
            [0, 3, chain.ResizeHeight, chain.ResizeWidth],
            outputName,
            outputName,
            Concurrency.Of(options),
            batchSize);

    /// <summary>For a feature graph: with a chain it takes pixels of ML.NET's transforms, without one the tensor of exact preprocessing.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">How ONNX Runtime runs it.</param>
    /// <param name="batchSize">Images of one call.</param>
    /// <param name="isDeferred">Whether the session may wait for the first row that must be computed.</param>
    /// <exception cref="UserException">The backbone does not read images, or the execution provider is not there.</exception>
    public static ImageFeatureExtractor For(FeatureGraph graph, InferenceOptions options, int batchSize, bool isDeferred = false)
    {
        SessionFactory.RequireProvider(options);
        int? declared = isDeferred ? graph.DeclaredDimension : null;
        ImagePreprocessing image = graph.Backbone.Card.Image
            ?? throw new UserException($"Backbone '{graph.Backbone.Card.Name}' does not read images: its card has no field 'image'.");
        if (graph.Options.Chain is { } chain)
        {
            return ForStockPixels(graph.Model, chain, FeatureGraph.Pixels, FeatureGraph.Features, options, batchSize, declared);
        }

        long[] shape = image.Layout == TensorLayout.Nchw ? [0, 3, image.Height, image.Width] : [0, image.Height, image.Width, 3];
        return new ImageFeatureExtractor(
            () => SessionFactory.Create(graph.Model, Concurrency.Of(options).In(options), graph.Backbone.Card.Name),
            declared,
            null,
            new ExactImagePreprocessor(image),
            FeatureGraph.ImageInput(graph.Model, image, graph.Backbone),
            shape,
            FeatureGraph.Features,
            graph.Backbone.Card.Name,
            Concurrency.Of(options),
            batchSize);
    }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension => _session.Dimension;

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
        IEnumerable<Batch<T>> batches = OrderedWork.Run(
            rows.Chunk(_batchSize), _concurrency.Workers, chunk => Compute(chunk, store, preprocess, cancellationToken), cancellationToken);
        foreach (Batch<T> batch in batches)
        {
            for (int row = 0; row < batch.Results.Length; row++)
            {
                if (batch.IsNew(row))
                {
                    store?.Add(batch.Keys[row], batch.Results[row].Features);
                }

                yield return batch.Results[row];
            }
        }
    }

    private Batch<T> Compute<T>(ImageRow[] rows, IFeatureStore? store, Preprocess<T> preprocess, CancellationToken cancellationToken)
        where T : unmanaged
    {
        Batch<T> batch = new(rows.Length);
        T[] tensor = ArrayPool<T>.Shared.Rent(rows.Length * RowLength);
        try
        {
            int count = batch.Fill(rows, tensor, RowLength, Dimension, store, preprocess, cancellationToken);
            if (count > 0 && _session.AnyBatch)
            {
                Run(batch, tensor, first: 0, count);
            }
            else
            {
                for (int slot = 0; slot < count; slot++)
                {
                    Run(batch, tensor, slot, count: 1);
                }
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(tensor);
        }

        return batch;
    }

    private void Run<T>(Batch<T> batch, T[] tensor, int first, int count)
        where T : unmanaged
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, tensor.AsMemory(first * RowLength, count * RowLength), [count, .. _inputShape[1..]]);
        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Session.Run(run, [_inputName], [input], [_outputName]);
        ReadOnlySpan<float> features = outputs[0].GetTensorDataAsSpan<float>();
        for (int slot = 0; slot < count; slot++)
        {
            batch.Set(first + slot, features.Slice(slot * Dimension, Dimension).ToArray());
        }
    }

    private long[] Probe(InferenceSession session, int rows, RunOptions run)
    {
        long[] shape = [rows, .. _inputShape[1..]];
        using OrtValue input = _stock is not null
            ? OrtValue.CreateTensorValueFromMemory(new byte[rows * RowLength], shape)
            : OrtValue.CreateTensorValueFromMemory(new float[rows * RowLength], shape);
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, [_inputName], [input], [_outputName]);
        return outputs[0].GetTensorTypeAndShape().Shape;
    }

    /// <summary>The rows of one call to ONNX Runtime.</summary>
    private sealed class Batch<T>(int rows)
        where T : unmanaged
    {
        // The row of each slot of the tensor: rows that are known or broken have none.
        private readonly List<int> _slots = new(rows);
        private readonly bool[] _new = new bool[rows];

        public FeatureResult[] Results { get; } = new FeatureResult[rows];

        public UInt128[] Keys { get; } = new UInt128[rows];

        /// <summary>Whether the row's features were computed now.</summary>
        public bool IsNew(int row) => _new[row];

        public void Set(int slot, float[] features)
        {
            _new[_slots[slot]] = true;
            Results[_slots[slot]] = new FeatureResult(features, null);
        }

        /// <summary>Preprocesses the rows that must be computed, one slot of the tensor after the other; returns their number.</summary>
        public int Fill(
            ImageRow[] images, T[] tensor, int rowLength, int dimension, IFeatureStore? store, Preprocess<T> preprocess, CancellationToken cancellationToken)
        {
            for (int row = 0; row < images.Length; row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ImageRow image = images[row];
                try
                {
                    byte[]? encoded = image.Pixels is null ? image.Encoded ?? Read(image.Name) : null;
                    if (store is not null)
                    {
                        Keys[row] = image.Pixels is { } pixels ? RowKey.Of(pixels) : RowKey.Of(encoded);
                        float[] known = new float[dimension];
                        if (store.TryGet(Keys[row], known))
                        {
                            Results[row] = new FeatureResult(known, null);
                            continue;
                        }
                    }

                    preprocess(encoded, image, tensor.AsSpan(_slots.Count * rowLength, rowLength));
                    _slots.Add(row);
                }
                catch (Exception exception) when (exception is UserException or IOException)
                {
                    Results[row] = new FeatureResult(null, exception);
                }
            }

            return _slots.Count;
        }

        // A wrong path is the user's mistake; other failures of reading are the machine's.
        private static byte[] Read(string path)
        {
            try
            {
                return File.ReadAllBytes(path);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
                or PathTooLongException or ArgumentException or NotSupportedException)
            {
                throw new UserException(
                    path.Length == 0 ? "The path of an image is empty. Expected the path of an image file." : $"The image '{path}' cannot be read: {exception.Message}",
                    exception);
            }
        }
    }
}

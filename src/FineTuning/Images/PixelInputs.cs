using Microsoft.Win32.SafeHandles;
using MLTransfer.FineTuning.Images.Augmenting;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Mixing;
using MLTransfer.FineTuning.Training.Sampling;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Images;

/// <summary>Images as the input of a feature graph: the bytes that ML.NET's transforms make, <c>[rows, 3, height, width]</c>, decoded once into a temporary file.</summary>
internal sealed class PixelInputs : ITrainingInputs, IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly StockImageChain _chain;
    private readonly ImageAugmentation _augmentation;
    private readonly int _seed;
    private readonly int[] _lengths;

    private PixelInputs(SafeFileHandle file, StockImageChain chain, int rows, ImageAugmentation augmentation, int seed)
    {
        _file = file;
        _chain = chain;
        _augmentation = augmentation;
        _seed = seed;
        _lengths = new int[rows];
        Array.Fill(_lengths, 1);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <inheritdoc/>
    public bool ChangesByEpoch => _augmentation.IsOn;

    /// <inheritdoc/>
    public int Views => _augmentation.Views;

    /// <summary>Decodes images.</summary>
    /// <param name="images">The images.</param>
    /// <param name="chain">What ML.NET's transforms do to them.</param>
    /// <param name="folder">An existing folder for the temporary file.</param>
    /// <param name="augmentation">How they are changed from epoch to epoch.</param>
    /// <param name="seed">The seed of the changes.</param>
    /// <param name="onBroken">Told of each image that cannot be used, by its number; it throws, or the image is left out.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <returns>The inputs, and for each of their rows the number of its image.</returns>
    /// <exception cref="IOException">The disk is full, or a file cannot be read.</exception>
    public static (PixelInputs Inputs, int[] Images) Decode(
        IReadOnlyList<ImageRow> images, StockImageChain chain, string folder, ImageAugmentation augmentation, int seed, Action<int, UserException> onBroken, CancellationToken cancellation)
    {
        string path = Path.Combine(folder, $".pixels-{Guid.NewGuid():N}.tmp");
        SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        try
        {
            StockImagePreprocessor preprocessor = new(chain);
            List<int> kept = [];
            IEnumerable<(byte[]? Pixels, UserException? Error)> decoded = OrderedWork.Run(images, Environment.ProcessorCount, Planes, cancellation);
            int image = 0;
            foreach ((byte[]? pixels, UserException? error) in decoded)
            {
                if (pixels is null)
                {
                    onBroken(image, error!);
                }
                else
                {
                    RandomAccess.Write(file, pixels, (long)kept.Count * chain.PixelCount);
                    kept.Add(image);
                }

                image++;
            }

            return (new PixelInputs(file, chain, kept.Count, augmentation, seed), [.. kept]);

            (byte[]? Pixels, UserException? Error) Planes(ImageRow row)
            {
                byte[] planes = new byte[chain.PixelCount];
                try
                {
                    if (row.Pixels is { } raw)
                    {
                        preprocessor.Preprocess(raw.Bytes, raw.Width, raw.Height, raw.BlueFirst, planes);
                    }
                    else
                    {
                        preprocessor.Preprocess(row.Encoded ?? File.ReadAllBytes(row.Name), row.Name, planes);
                    }

                    return (planes, null);
                }
                catch (UserException exception)
                {
                    return (null, exception);
                }
                catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
                {
                    return (null, new UserException($"{row.Name} does not exist.", exception));
                }
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch)
    {
        Tensor pixels = empty([rows.Length, 3, _chain.ResizeHeight, _chain.ResizeWidth], ScalarType.Byte);
        Span<byte> bytes = pixels.bytes;
        for (int i = 0; i < rows.Length; i++)
        {
            Span<byte> row = bytes.Slice(i * _chain.PixelCount, _chain.PixelCount);
            if (RandomAccess.Read(_file, row, (long)rows[i] * _chain.PixelCount) != row.Length)
            {
                throw new IOException($"The temporary file of pixels ends in row {rows[i]}.");
            }
        }

        if (epoch is { } number)
        {
            Augment(pixels, rows, number);
        }

        return new Dictionary<string, Tensor> { [FeatureGraph.Pixels] = pixels };
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <inheritdoc/>
    public RowMixture? MixtureOf(ReadOnlySpan<int> rows, int epoch) =>
        PixelMixing.Draw(_augmentation, rows.Length, _chain.ResizeHeight, _chain.ResizeWidth, SeededRandom.For(_seed, RandomPurpose.Mixing, Place(epoch, rows[0])));

    private static long Place(int epoch, int row) => ((long)epoch << 32) | (uint)row;

    // pixels: [rows, 3, height, width], bytes
    private unsafe void Augment(Tensor pixels, ReadOnlySpan<int> rows, int epoch)
    {
        (int height, int width, int count) = (_chain.ResizeHeight, _chain.ResizeWidth, _chain.PixelCount);
        if (_augmentation.ChangesImages)
        {
            int view = Views > 0 ? epoch % Views : epoch;
            int[] order = rows.ToArray();
            fixed (byte* memory = pixels.bytes)
            {
                byte* start = memory;
                Parallel.For(0, order.Length, i => ImageChange.Apply(
                    new Span<byte>(start + ((long)i * count), count), height, width, _augmentation, SeededRandom.For(_seed, RandomPurpose.Augmentation, Place(view, order[i]))));
            }
        }

        if (MixtureOf(rows, epoch) is { } mixture)
        {
            PixelMixing.Apply(pixels.bytes, height, width, mixture);
        }
    }
}

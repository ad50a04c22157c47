using Microsoft.Win32.SafeHandles;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Sampling;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;
using TorchSharp;
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

        if (epoch is { } number && _augmentation.IsOn)
        {
            int[] order = rows.ToArray();
            using DisposeScope scope = NewDisposeScope();
            for (int i = 0; i < order.Length; i++)
            {
                Random random = SeededRandom.For(_seed, RandomPurpose.Augmentation, ((long)number << 32) | (uint)order[i]);
                pixels[i] = Changed(pixels[i], random);
            }
        }

        return new Dictionary<string, Tensor> { [FeatureGraph.Pixels] = pixels };
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // image: [3, height, width], bytes
    private Tensor Changed(Tensor image, Random random)
    {
        if (_augmentation.SmallestCrop < 1)
        {
            // Area and aspect ratio at random, as torchvision's RandomResizedCrop draws them.
            (long height, long width) = (image.shape[1], image.shape[2]);
            double area = height * width * (_augmentation.SmallestCrop + ((1 - _augmentation.SmallestCrop) * random.NextDouble()));
            double ratio = Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(4.0 / 3));
            long cropHeight = Math.Clamp((long)Math.Round(Math.Sqrt(area / ratio)), 1, height), cropWidth = Math.Clamp((long)Math.Round(Math.Sqrt(area * ratio)), 1, width);
            long top = random.NextInt64(height - cropHeight + 1), left = random.NextInt64(width - cropWidth + 1);
            using Tensor crop = image.narrow(1, top, cropHeight).narrow(2, left, cropWidth).to(ScalarType.Float32).unsqueeze(0);
            image = nn.functional.interpolate(crop, [height, width], mode: InterpolationMode.Bilinear).squeeze(0).round().clamp(0, 255).to(ScalarType.Byte);
        }

        return _augmentation.Flip && random.Next(2) == 1 ? image.flip(2) : image;
    }
}

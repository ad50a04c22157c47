using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.Features;

/// <summary>The column that images come from, and how a row of it is read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it holds.</param>
internal sealed record ImageColumn(string Name, ImageColumnKind Kind)
{
    /// <summary>The type, as ML.NET's messages write it.</summary>
    public string Expected => Kind switch
    {
        ImageColumnKind.Path => "String",
        ImageColumnKind.Image => "Image",
        _ => "Vector<Byte>",
    };

    /// <summary>Looks at the column's type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or holds something else.</exception>
    public static ImageColumn Find(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentOutOfRangeException(nameof(schema), $"Could not find input column '{name}'. Columns: {string.Join(", ", schema.Select(static c => c.Name))}");
        return column.Type switch
        {
            TextDataViewType => new ImageColumn(name, ImageColumnKind.Path),
            ImageDataViewType => new ImageColumn(name, ImageColumnKind.Image),
            VectorDataViewType { ItemType: NumberDataViewType item } when item == NumberDataViewType.Byte => new ImageColumn(name, ImageColumnKind.Bytes),
            _ => throw new ArgumentOutOfRangeException(
                nameof(schema), $"Schema mismatch for input column '{name}': expected String, Image or Vector<Byte>, got {column.Type}"),
        };
    }

    /// <summary>The type that a column must have: the one that fits what is there, or text.</summary>
    public static DataViewType TypeIn(SchemaShape schema, string name)
    {
        SchemaShape.Column column = schema.FirstOrDefault(candidate => candidate.Name == name);
        return column.ItemType switch
        {
            ImageDataViewType image => image, // with its size, where the column has one
            NumberDataViewType item when item == NumberDataViewType.Byte && column.Kind != SchemaShape.Column.VectorKind.Scalar =>
                new VectorDataViewType(NumberDataViewType.Byte),
            _ => TextDataViewType.Instance,
        };
    }

    /// <summary>Reads the images of all rows, one after the other.</summary>
    /// <param name="input">The rows.</param>
    /// <param name="folder">Folder that relative paths are relative to; null: the current one.</param>
    public IEnumerable<ImageRow> Read(IDataView input, string? folder)
    {
        DataViewSchema.Column column = input.Schema[Name];
        using DataViewRowCursor cursor = input.GetRowCursor([column]);
        Func<ImageRow> read = Kind switch
        {
            ImageColumnKind.Path => Paths(cursor, column, folder),
            ImageColumnKind.Bytes => Bytes(cursor, column),
            _ => Images(cursor, column),
        };
        while (cursor.MoveNext())
        {
            yield return read();
        }
    }

    /// <summary>Width and height of the first images, which say how ML.NET should resize; broken ones are left out.</summary>
    public IReadOnlyList<(int Width, int Height)> Sizes(IDataView input, string? folder, int most)
    {
        List<(int, int)> sizes = [];
        if (Kind != ImageColumnKind.Path)
        {
            return sizes;
        }

        foreach (ImageRow row in Read(input, folder).Take(most))
        {
            try
            {
                sizes.Add(ImageDecoder.ReadSize(row.Name));
            }
            catch (Exception exception) when (exception is UserException or IOException or UnauthorizedAccessException)
            {
                continue; // Whoever reads the row itself says what is wrong with it.
            }
        }

        return sizes;
    }

    private static Func<ImageRow> Paths(DataViewRowCursor cursor, DataViewSchema.Column column, string? folder)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(column);
        return () =>
        {
            ReadOnlyMemory<char> path = default;
            getter(ref path);
            return new ImageRow(string.IsNullOrEmpty(folder) ? path.ToString() : Path.Combine(folder, path.ToString()));
        };
    }

    private static Func<ImageRow> Bytes(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<byte>> getter = cursor.GetGetter<VBuffer<byte>>(column);
        return () =>
        {
            VBuffer<byte> bytes = default;
            getter(ref bytes);
            return new ImageRow($"row {cursor.Position} of column '{column.Name}'", bytes.DenseValues().ToArray());
        };
    }

    private static Func<ImageRow> Images(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        ValueGetter<MLImage> getter = cursor.GetGetter<MLImage>(column);
        return () =>
        {
            MLImage image = null!;
            getter(ref image);
            string name = $"row {cursor.Position} of column '{column.Name}'";
            if (image is null)
            {
                // ML.NET gives null for a file that it could not decode.
                return new ImageRow(name, []);
            }

            using (image)
            {
                return new ImageRow(name, null, new RawPixels(image.Pixels.ToArray(), image.Width, image.Height, image.PixelFormat == MLPixelFormat.Bgra32));
            }
        };
    }
}

/// <summary>What an image column holds.</summary>
internal enum ImageColumnKind
{
    /// <summary>Paths of image files.</summary>
    Path,

    /// <summary>Decoded images (MLImage).</summary>
    Image,

    /// <summary>Contents of image files.</summary>
    Bytes,
}

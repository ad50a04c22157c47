using System.Globalization;
using Google.Protobuf;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Tensor data in a file beside the model. Specification: github.com/onnx/onnx, docs/ExternalData.md.</summary>
internal static class ExternalData
{
    private const int CopyPiece = 1 << 20;

    /// <summary>Whether the data of a tensor lies outside the model file.</summary>
    public static bool IsExternal(TensorProto tensor) => tensor.DataLocation == TensorProto.Types.DataLocation.External;

    /// <summary>Reads the bytes of an external tensor.</summary>
    /// <exception cref="OnnxModelException">The file is missing, outside the model's folder, or too short.</exception>
    public static byte[] Read(TensorProto tensor, string? directory)
    {
        (string path, long offset, long length) = Locate(tensor, directory);
        if (length > Array.MaxLength)
        {
            throw new OnnxModelException($"Tensor '{tensor.Name}' has {length:N0} bytes; one tensor can hold at most {Array.MaxLength:N0} here.");
        }

        ExternalChecksum.Verify(path, Checksum(tensor));
        byte[] bytes = new byte[length];
        using var file = File.OpenHandle(path);
        Fill(bytes, file, offset, tensor, path);
        return bytes;
    }

    /// <summary>Copies the bytes of an external tensor to where a stream stands, a piece at a time. Holes of a sparse file stay holes.</summary>
    /// <returns>Bytes copied.</returns>
    /// <exception cref="OnnxModelException">The file is missing, outside the model's folder, or too short.</exception>
    public static long CopyTo(FileStream target, TensorProto tensor, string? directory)
    {
        (string path, long offset, long length) = Locate(tensor, directory);
        ExternalChecksum.Verify(path, Checksum(tensor));
        byte[] buffer = new byte[Math.Min(length, CopyPiece)];
        using var file = File.OpenHandle(path);
        for (long done = 0; done < length; done += buffer.Length)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            Fill(piece, file, offset + done, tensor, path);
            if (piece.ContainsAnyExcept((byte)0))
            {
                target.Write(piece);
            }
            else
            {
                target.Position += piece.Length;
            }
        }

        if (target.Position > target.Length)
        {
            target.SetLength(target.Position);
        }

        return length;
    }

    /// <summary>Where the bytes of an external tensor lie. Nothing is read but the file's length.</summary>
    public static (string Path, long Offset, long Length) Locate(TensorProto tensor, string? directory)
    {
        string location = Location(tensor)
            ?? throw new OnnxModelException($"Tensor '{tensor.Name}' has external data without a location.");
        if (directory is null)
        {
            throw new OnnxModelException(
                $"Tensor '{tensor.Name}' has external data ('{location}'), but the model was not read from a folder. Load it from its file.");
        }

        string path = Inside(tensor, location, directory);
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new OnnxModelException($"{path} is missing; it holds the data of tensor '{tensor.Name}'. Put it beside the .onnx file.");
        }

        long offset = Number(tensor, "offset") ?? 0;
        long length = Number(tensor, "length") ?? TensorData.ByteCount(tensor) ?? file.Length - offset;
        if (offset > file.Length || length > file.Length - offset)
        {
            throw new OnnxModelException(
                $"{path} has {file.Length:N0} bytes, but tensor '{tensor.Name}' takes {length:N0} from {offset:N0} on. The file is cut short or not the model's own.");
        }

        return (path, offset, length);
    }

    /// <summary>The same model with every external tensor inside.</summary>
    public static OnnxModel Embed(OnnxModel model)
    {
        if (!GraphTensors.Of(model.Proto).Any(IsExternal))
        {
            return model;
        }

        long total = OnnxWriter.EmbeddedSize(model.Proto);
        if (total > OnnxWriter.ProtobufLimit)
        {
            throw new OnnxModelException(
                $"The model's data has {total:N0} bytes; a file without external data ends at 2 GB. Save it with external data.");
        }

        ModelProto proto = GraphTensors.Replace(model.Proto, IsExternal, tensor => Embedded(tensor, model.Directory));
        return new OnnxModel(proto, model.Directory);
    }

    /// <summary>Whether the data of an external tensor is in a file that is not there.</summary>
    public static bool IsMissing(TensorProto tensor, string? directory) =>
        directory is null || Location(tensor) is not string location || !File.Exists(Inside(tensor, location, directory));

    /// <summary>A tensor like an external one, its data inside.</summary>
    public static TensorProto Embedded(TensorProto tensor, string? directory)
    {
        byte[] bytes = Read(tensor, directory);
        TensorProto copy = WithoutData(tensor);
        copy.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        return copy;
    }

    /// <summary>A tensor like another one, its data at an offset of a file beside the model.</summary>
    public static TensorProto At(TensorProto tensor, string location, long offset, long length)
    {
        TensorProto copy = WithoutData(tensor);
        copy.DataLocation = TensorProto.Types.DataLocation.External;
        copy.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        copy.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) });
        copy.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length.ToString(CultureInfo.InvariantCulture) });
        return copy;
    }

    /// <summary>The file that an external tensor names, as written in the model.</summary>
    public static string? Location(TensorProto tensor) => Entry(tensor, "location");

    /// <summary>The SHA-1 that a tensor's file must have, in hexadecimal; null where the model does not say.</summary>
    public static string? Checksum(TensorProto tensor) => Entry(tensor, "checksum");

    /// <summary>The path of an external file. A model is a file from somewhere: it must not read what lies outside its own folder.</summary>
    private static string Inside(TensorProto tensor, string location, string directory)
    {
        string root = Path.GetFullPath(directory);
        string? path = null;
        try
        {
            path = Path.IsPathRooted(location) ? null : Path.GetFullPath(Path.Combine(root, location));
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or NotSupportedException)
        {
            throw new OnnxModelException($"Tensor '{tensor.Name}' has external data in '{location}', which is not a file name: {exception.Message}", exception);
        }

        return path is not null && path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new OnnxModelException(
                $"Tensor '{tensor.Name}' points outside the model's folder: '{location}'. Expected a file beside the model.");
    }

    private static TensorProto WithoutData(TensorProto tensor)
    {
        TensorProto copy = tensor.Clone();
        copy.ClearRawData();
        copy.ClearDataLocation();
        copy.ExternalData.Clear();
        copy.FloatData.Clear();
        copy.Int32Data.Clear();
        copy.Int64Data.Clear();
        copy.DoubleData.Clear();
        copy.Uint64Data.Clear();
        return copy;
    }

    private static void Fill(Span<byte> bytes, Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset, TensorProto tensor, string path)
    {
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(file, bytes[done..], offset + done);
            if (read == 0)
            {
                throw new OnnxModelException($"{path} ended while tensor '{tensor.Name}' was read. Copy or export the model again.");
            }

            done += read;
        }
    }

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static long? Number(TensorProto tensor, string key)
    {
        string? text = Entry(tensor, key);
        if (text is null)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new OnnxModelException($"Tensor '{tensor.Name}' has external data with {key} '{text}'; expected a whole number of bytes.");
    }
}

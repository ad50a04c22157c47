using System.Globalization;
using Google.Protobuf;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Tensor data in a file beside the model. Specification: github.com/onnx/onnx, docs/ExternalData.md.</summary>
internal static class ExternalData
{
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

        byte[] bytes = new byte[length];
        using var file = File.OpenHandle(path);
        long done = 0;
        while (done < length)
        {
            int read = RandomAccess.Read(file, bytes.AsSpan((int)done), offset + done);
            if (read == 0)
            {
                throw new OnnxModelException($"{path} ended while tensor '{tensor.Name}' was read. Copy or export the model again.");
            }

            done += read;
        }

        return bytes;
    }

    /// <summary>Copies the bytes of an external tensor, which may be larger than an array, from its file into another one.</summary>
    /// <exception cref="OnnxModelException">The file is missing, outside the model's folder, or too short.</exception>
    public static void CopyTo(TensorProto tensor, string? directory, Stream target)
    {
        (string path, long offset, long length) = Locate(tensor, directory);
        using FileStream source = File.OpenRead(path);
        source.Position = offset;
        byte[] buffer = new byte[1 << 20];
        while (length > 0)
        {
            int read = source.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (read == 0)
            {
                throw new OnnxModelException($"{path} ended while tensor '{tensor.Name}' was copied. Copy or export the model again.");
            }

            target.Write(buffer, 0, read);
            length -= read;
        }
    }

    /// <summary>Where the bytes of an external tensor lie. Nothing is read but the file's length.</summary>
    public static (string Path, long Offset, long Length) Locate(TensorProto tensor, string? directory)
    {
        string location = Entry(tensor, "location")
            ?? throw new OnnxModelException($"Tensor '{tensor.Name}' has external data without a location.");
        if (directory is null)
        {
            throw new OnnxModelException($"Tensor '{tensor.Name}' has external data ('{location}'), but the model was not read from a folder.");
        }

        // A model is a file from somewhere: it must not read what lies outside its own folder.
        string root = Path.GetFullPath(directory);
        string path = Path.GetFullPath(Path.Combine(root, location));
        if (Path.IsPathRooted(location) || !path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new OnnxModelException($"Tensor '{tensor.Name}' points outside the model's folder: '{location}'.");
        }

        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new OnnxModelException($"{path} is missing; it holds the data of tensor '{tensor.Name}'. Put it beside the .onnx file.");
        }

        long offset = Number(tensor, "offset") ?? 0;
        long length = Number(tensor, "length") ?? TensorData.ByteCount(tensor) ?? file.Length - offset;
        if (offset < 0 || length < 0 || offset > file.Length || length > file.Length - offset)
        {
            throw new OnnxModelException(
                $"{path} has {file.Length:N0} bytes, but tensor '{tensor.Name}' takes {length:N0} from {offset:N0} on. The file is cut short or not the model's own.");
        }

        return (path, offset, length);
    }

    /// <summary>The same model with every external tensor inside.</summary>
    public static OnnxModel Embed(OnnxModel model)
    {
        if (!model.Proto.Graph.Initializer.Any(IsExternal))
        {
            return model;
        }

        long total = OnnxWriter.EmbeddedSize(model.Proto);
        if (total > OnnxWriter.ProtobufLimit)
        {
            throw new OnnxModelException($"The model's data has {total:N0} bytes; a file without external data ends at 2 GB.");
        }

        ModelProto proto = Shallow.Copy(model.Proto);
        proto.Graph.Initializer.Clear();
        foreach (TensorProto tensor in model.Proto.Graph.Initializer)
        {
            proto.Graph.Initializer.Add(IsExternal(tensor) ? Embedded(tensor, UnsafeByteOperations.UnsafeWrap(Read(tensor, model.Directory))) : tensor);
        }

        return new OnnxModel(proto, model.Directory);
    }

    /// <summary>A tensor like another one, its data inside.</summary>
    public static TensorProto Embedded(TensorProto tensor, ByteString bytes)
    {
        TensorProto copy = WithoutData(tensor);
        copy.RawData = bytes;
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

    private static TensorProto WithoutData(TensorProto tensor)
    {
        TensorProto copy = new() { Name = tensor.Name, DataType = tensor.DataType };
        copy.Dims.AddRange(tensor.Dims);
        if (tensor.HasDocString)
        {
            copy.DocString = tensor.DocString;
        }

        return copy;
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

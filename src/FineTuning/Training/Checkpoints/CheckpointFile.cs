using System.Text.Json;
using System.Text.Json.Nodes;
using MLTransfer.Models.Errors;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Checkpoints;

/// <summary>The state of a training in one file. It appears under its name only when it is complete; until then the one before stays.</summary>
/// <param name="path">The file.</param>
/// <param name="identity">Which training it belongs to.</param>
/// <param name="create">Opens a file for writing; for tests of full disks.</param>
internal sealed class CheckpointFile(string path, TrainingIdentity identity, Func<string, Stream>? create = null)
{
    private const string StateKey = "mltransfer.state";
    private const string IdentityKey = "mltransfer.identity";

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Writes the state.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written; the checkpoint before is still there.</exception>
    public void Write(TrainingState state, IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        string temporary = path + ".tmp";
        Dictionary<string, string> metadata = new() { [StateKey] = JsonSerializer.Serialize(state), [IdentityKey] = JsonSerializer.Serialize(identity) };
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            using (Stream file = create?.Invoke(temporary) ?? new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                TensorFile.Write(file, tensors, metadata);
                (file as FileStream)?.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Remove(temporary);
            string before = File.Exists(path) ? "The one before is still there." : "There is none from before.";
            throw new IOException($"The checkpoint {path} could not be written: {exception.Message.TrimEnd('.')}. {before}", exception);
        }
    }

    /// <summary>Reads the state, and the tensors into those that are there.</summary>
    /// <param name="tensors">From the state to the tensors that go with it; of the same names and shapes as those written.</param>
    /// <returns>The state; null where there is no checkpoint.</returns>
    /// <exception cref="UserException">The checkpoint is broken, or belongs to another training.</exception>
    public TrainingState? Read(Func<TrainingState, IReadOnlyList<(string Name, Tensor Value)>> tensors)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            (IReadOnlyDictionary<string, string> metadata, JsonObject header) = TensorFile.ReadHeader(file);
            TrainingIdentity stored = JsonSerializer.Deserialize<TrainingIdentity>(metadata[IdentityKey])!;
            identity.CheckAgainst(stored, path);
            TrainingState state = JsonSerializer.Deserialize<TrainingState>(metadata[StateKey])!;
            TensorFile.ReadInto(file, header, tensors(state));
            return state;
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or EndOfStreamException or KeyNotFoundException)
        {
            throw new UserException($"The checkpoint {path} is broken: {exception.Message} Start anew without resuming; the file is replaced then.", exception);
        }
    }

    /// <summary>Removes the checkpoint of a training that is complete.</summary>
    public void Delete() => Remove(path);

    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _ = exception; // What is left over is overwritten by the next one.
        }
    }
}

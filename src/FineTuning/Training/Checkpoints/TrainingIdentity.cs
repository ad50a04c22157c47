using System.Security.Cryptography;
using System.Text;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;

namespace MLTransfer.FineTuning.Training.Checkpoints;

/// <summary>What two trainings must have in common for one to go on from the checkpoint of the other.</summary>
/// <param name="Classes">The names of the classes, in order.</param>
/// <param name="Rows">A hash of the number, lengths and labels of the rows.</param>
/// <param name="Backbone">A hash of the backbone.</param>
/// <param name="Options">The options in JSON, without those that do not change the result.</param>
/// <param name="Seed">The seed.</param>
internal sealed record TrainingIdentity(IReadOnlyList<string> Classes, string Rows, string Backbone, string Options, int Seed)
{
    /// <summary>The identity of a training.</summary>
    public static TrainingIdentity Of(IReadOnlyList<string> classes, LabelledRows rows, string backbone, FineTuneOptions options, int seed)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(rows.Inputs.Lengths));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(rows.Labels));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(rows.Targets?.Values ?? []));
        return new TrainingIdentity(
            classes,
            Convert.ToHexStringLower(hash.GetHashAndReset()),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(backbone))),
            StrictJson.Write<FineTuneOptions>(options with { Checkpoint = new CheckpointOptions() }),
            seed);
    }

    /// <summary>Throws where a checkpoint is of another training.</summary>
    /// <param name="stored">The identity in the checkpoint.</param>
    /// <param name="path">The file, for the error.</param>
    /// <exception cref="UserException">Something differs; the message says what.</exception>
    public void CheckAgainst(TrainingIdentity stored, string path)
    {
        string? difference =
            !Classes.SequenceEqual(stored.Classes, StringComparer.Ordinal) ? $"the classes were {Shown(stored.Classes)} and are {Shown(Classes)}"
            : Rows != stored.Rows ? "the training rows are others"
            : Backbone != stored.Backbone ? "the backbone is another one"
            : Seed != stored.Seed ? $"the seed was {stored.Seed} and is {Seed}"
            : Options != stored.Options ? $"the options changed: {FirstDifference(stored.Options, Options)}"
            : null;
        if (difference is not null)
        {
            throw new UserException($"The checkpoint {path} belongs to another training: {difference}. Go back to what it was, or start anew without resuming.");
        }
    }

    private static string Shown(IReadOnlyList<string> classes) =>
        classes.Count <= 8 ? string.Join(", ", classes) : $"{string.Join(", ", classes.Take(8))} … ({classes.Count})";

    private static string FirstDifference(string before, string now)
    {
        string[] old = before.Split('\n', StringSplitOptions.TrimEntries), current = now.Split('\n', StringSplitOptions.TrimEntries);
        int at = Enumerable.Range(0, Math.Min(old.Length, current.Length)).FirstOrDefault(i => old[i] != current[i]);
        return $"{old[at].TrimEnd(',')} is now {current[at].TrimEnd(',')}";
    }
}

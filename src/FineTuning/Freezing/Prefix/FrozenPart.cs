using System.Globalization;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>The rows as the trained part reads them: with the activations at the cut, stored or computed anew, or as they are where nothing is frozen.</summary>
internal sealed class FrozenPart : IDisposable
{
    private const int BatchTokens = 4096;
    private const int BatchImages = 16;
    private const double Megabyte = 1e6;

    private readonly List<IDisposable> _owned = [];

    private FrozenPart(LabelledRows rows, LabelledRows? validation, string description)
    {
        Rows = rows;
        Validation = validation;
        Description = description;
    }

    /// <summary>The training rows.</summary>
    public LabelledRows Rows { get; private init; }

    /// <summary>The validation rows.</summary>
    public LabelledRows? Validation { get; private init; }

    /// <summary>What was computed once, in a few words.</summary>
    public string Description { get; }

    /// <summary>The cut.</summary>
    public PrefixCut Cut { get; private init; } = new(null, null, []);

    /// <summary>Cuts a backbone, and runs the frozen part over all rows, or prepares to run it for each batch.</summary>
    /// <param name="weights">What trains.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="validation">The validation rows; null: none.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    public static FrozenPart Run(
        TrainedWeights weights, LabelledRows rows, LabelledRows? validation, FineTuneRequest request, CancellationToken cancellation)
    {
        PrefixCut cut = weights.Cut(request.Model, request.Options.Prefix);
        if (cut.Prefix is null)
        {
            return new FrozenPart(rows, validation, "the whole backbone runs in each epoch") { Cut = cut };
        }

        PrefixSession session = new(cut.Prefix, cut.Tensors, request.Inference);
        List<IDisposable> owned = [];
        FrozenPart? result = null;
        try
        {
            CutTensor[]? tensors = Probe(session, cut.Tensors, rows.Inputs);
            if (tensors is null)
            {
                cut = weights.Cut(ShapesFromInputs.Rewrite(request.Model, rows.Inputs, request.Inference), request.Options.Prefix);
                session.Dispose();
                session = new PrefixSession(cut.Prefix!, cut.Tensors, request.Inference);
                tensors = Probe(session, cut.Tensors, rows.Inputs);
            }

            PrefixOptions options = request.Options.Prefix;

            // With changed images a number of versions of each row is stored, or the frozen part runs in each epoch.
            bool changes = rows.Inputs.ChangesByEpoch;
            int views = changes ? Math.Min(rows.Inputs.Views, request.Options.Epochs) : 1;
            long validationBytes = tensors is null || validation is null ? 0 : CachedInputs.Size(validation.Inputs, tensors, options.Precision);
            long bytes = tensors is null ? 0 : (CachedInputs.Size(rows.Inputs, tensors, options.Precision) * views) + validationBytes;
            string? why = request.ReadsRowsOnce ? "each row is read once" : views == 0 ? "augmentation changes its inputs; fineTune.augmentation.views stores a number of changed versions" : Obstacle(bytes);
            bool keepsValidation = why is null || (views == 0 && Obstacle(validationBytes) is null);
            if (why is not null && !request.ReadsRowsOnce)
            {
                request.Progress?.Report(new TrainingProgress(TrainingStage.Prefix, 0, 0) { Warning = $"The frozen part is computed again in each epoch: {why}." });
            }

            bool readsInputs = cut.Tail is not null && cut.Tail.Inputs.Any(input => !cut.Tensors.Contains(input.Name));
            long total = (why is null ? (long)rows.Labels.Length * views : 0) + (keepsValidation ? validation?.Labels.Length ?? 0 : 0), done = 0;
            RecomputedInputs Recomputed(ITrainingInputs inputs)
            {
                if (!owned.Contains(session))
                {
                    owned.Add(session);
                }

                return new RecomputedInputs(inputs, session);
            }

            CachedInputs Cached(ITrainingInputs inputs, int? epoch)
            {
                CachedInputs cached = CachedInputs.Compute(inputs, epoch, readsInputs, session, tensors!, request.WorkFolder, options.Precision, BudgetOf(inputs), count =>
                {
                    done += count;
                    request.Progress?.Report(new TrainingProgress(TrainingStage.Prefix, done, total));
                }, cancellation);
                owned.Add(cached);
                return cached;
            }

            ITrainingInputs prepared = why is not null ? Recomputed(rows.Inputs)
                : changes ? new ViewedInputs(Recomputed(rows.Inputs), [.. Enumerable.Range(0, views).Select(view => Cached(rows.Inputs, view))])
                : Cached(rows.Inputs, null);
            string how = why is not null ? "the frozen part is computed in each epoch"
                : string.Create(CultureInfo.InvariantCulture, $"the frozen part was computed once{(changes ? $" for {views} versions of each image" : "")}, {bytes / Megabyte:N0} MB");
            result = new FrozenPart(
                rows with { Inputs = prepared },
                validation is null ? null : validation with { Inputs = keepsValidation ? Cached(validation.Inputs, null) : Recomputed(validation.Inputs) },
                how)
            { Cut = cut };
            result._owned.AddRange(owned);
            return result;

            string? Obstacle(long size) =>
                tensors is null ? $"its outputs ({string.Join(", ", cut.Tensors)}) do not all belong to single rows"
                : size > options.Megabytes * Megabyte ? string.Create(CultureInfo.InvariantCulture, $"its output takes {size / Megabyte:N0} MB, and fineTune.prefix.megabytes allows {options.Megabytes:N0}")
                : Room(request.WorkFolder) is { } room && size > room ? string.Create(CultureInfo.InvariantCulture, $"its output takes {size / Megabyte:N0} MB, and the disk of {request.WorkFolder} has {room / Megabyte:N0} left")
                : null;
        }
        finally
        {
            if (result is null)
            {
                owned.ForEach(static part => part.Dispose());
            }

            if (result is null || !owned.Contains(session))
            {
                session.Dispose();
            }
        }
    }

    /// <summary>The number of features.</summary>
    /// <param name="features">Their name.</param>
    /// <param name="request">The request.</param>
    public int Dimension(string features, FineTuneRequest request)
    {
        if (request.Model.Outputs.Single().Dimensions is [_, var declared] && int.TryParse(declared, NumberStyles.None, CultureInfo.InvariantCulture, out int known))
        {
            return known;
        }

        using DisposeScope scope = NewDisposeScope();
        if (Cut.Tail is null)
        {
            return checked((int)Rows.Inputs.Read([0], null)[features].shape[1]);
        }

        using PrefixSession session = new(request.Model, [features], request.Inference);
        return checked((int)session.Run(request.Rows.Inputs.Read([0], null))[features].shape[1]);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(static owned => owned.Dispose());

    private static int BudgetOf(ITrainingInputs inputs) => inputs.Lengths.ContainsAnyExcept(1) ? BatchTokens : BatchImages;

    /// <summary>How each tensor can be stored, by two runs with other numbers of rows and tokens; null where one cannot.</summary>
    private static CutTensor[]? Probe(PrefixSession session, IReadOnlyList<string> names, ITrainingInputs inputs)
    {
        ProbeRows probe = ProbeRows.Of(inputs);
        long[][] first = Shapes(probe.First), second = Shapes(probe.Second);
        CutTensor?[] tensors = [.. names.Select((name, i) => CutTensor.Of(name, first[i], second[i], (probe.First.Length, probe.Second.Length), probe.Tokens))];
        return tensors.Any(static tensor => tensor is null) ? null : [.. tensors.OfType<CutTensor>()];

        long[][] Shapes(int[] rows)
        {
            using DisposeScope scope = NewDisposeScope();
            return session.Run(inputs.Read(rows, null), static outputs => outputs
                .Select(static output => output.GetTensorTypeAndShape())
                .Select(static info => info.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float ? info.Shape : []).ToArray());
        }
    }

    private static long? Room(string folder)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Export;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Rates;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.FineTuning.Inputs;
using MLTransfer.Pipelines.FineTuning.Targets;
using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>What the fine-tuning estimators of the catalog have in common: rows to a trained backbone with its head, as a chain of ML.NET's own transforms.</summary>
internal sealed record FineTuningJob
{
    private const string FeaturesColumn = FeatureTableView.Features;

    /// <summary>The name of the trainer, for ML.NET's log.</summary>
    public required string Name { get; init; }

    /// <summary>Where ML.NET's log hears from.</summary>
    public required IHostEnvironment Environment { get; init; }

    /// <summary>The backbone.</summary>
    public required Backbone Backbone { get; init; }

    /// <summary>What is read.</summary>
    public required IFineTuningInput Input { get; init; }

    /// <summary>What is learned.</summary>
    public required IFineTuningTarget Target { get; init; }

    /// <summary>How it is trained.</summary>
    public required FineTuneOptions Options { get; init; }

    /// <summary>Other names for the target's output columns, in their order; null: they keep theirs.</summary>
    public IReadOnlyList<string>? OutputNames { get; init; }

    /// <summary>Rows that are measured after each epoch; null: none, or those that the options set aside.</summary>
    public IDataView? ValidationSet { get; init; }

    /// <summary>Whether the training rows are measured after each epoch, too.</summary>
    public bool MeasuresTraining { get; init; }

    /// <summary>Told of each step; null: nobody.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>The seed of everything that is random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where a folder for temporary files is made; null: in the system's.</summary>
    public string? WorkspacePath { get; init; }

    /// <summary>Ends the training between two steps.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="UserException">One is out of its range; the message names it.</exception>
    public FineTuningJob Checked()
    {
        OptionsValidation.Validate(Options, static field => $"FineTuneOptions: '{field}'");
        return this;
    }

    /// <summary>Trains.</summary>
    public FineTunedTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Target.Check(input.Schema);
        string work = WorkFolder();
        try
        {
            using IChannel channel = Environment.Register(Name).Start("Training");
            TargetRows targets = Target.Read(input);
            using TrainingInput training = Input.Read(input, null, work, Cancellation);
            using TrainingInput? validation = ValidationSet is null ? null : Input.Read(ValidationSet, training.Graph, work, Cancellation);
            FineTunedModel trained = FineTuner.Train(Request(training, targets, validation, work, channel), Cancellation);
            channel.Info(MessageSensitivity.None, trained.Summary);
            LoraAdapter? adapter = LoraAdapter.Of(Backbone, trained, targets.Outputs);
            return new FineTunedTransformer(Steps(trained, training, targets, input, work), adapter);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Tries learning rates on the training that <see cref="Fit"/> would do.</summary>
    public LearningRateRange FindLearningRate(IDataView input, LearningRateRangeOptions? range)
    {
        ArgumentNullException.ThrowIfNull(input);
        range ??= new LearningRateRangeOptions();
        OptionsValidation.Validate(range, static field => $"LearningRateRangeOptions: '{field}'");
        Target.Check(input.Schema);
        string work = WorkFolder();
        try
        {
            using IChannel channel = Environment.Register(Name).Start("Range test of the learning rate");
            TargetRows targets = Target.Read(input);
            using TrainingInput training = Input.Read(input, null, work, Cancellation);

            // With a validation set, no rows are set aside.
            FineTuneRequest request = Request(training, targets, null, work, channel);
            request = ValidationSet is null ? request : request with { Options = request.Options with { EarlyStopping = request.Options.EarlyStopping with { ValidationFraction = 0 } } };
            return LearningRateRangeTest.Run(request, range, Cancellation);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>The schema with the columns of features and outputs.</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape features = FeatureColumnSchema.Shape(inputSchema, FeaturesColumn, Input.Columns(inputSchema));
        return Renamings(new MLContext()).Aggregate(Target.Shape(features, FeaturesColumn), static (shape, renaming) => renaming.GetOutputSchema(shape));
    }

    private FineTuneRequest Request(TrainingInput training, TargetRows targets, TrainingInput? validation, string work, IChannel channel) => new()
    {
        Model = training.Graph.Model,
        Candidates = BackboneWeights.Stored(Backbone),
        Identity = training.Graph.CacheKey,
        Rows = targets.Of(training.Rows),
        Validation = validation is null ? null : Target.Read(ValidationSet!, targets).Of(validation.Rows),
        Classes = targets.Outputs,
        Options = Options,
        Seed = Seed,
        Inference = CatalogEnvironment.InferenceOf(Environment),
        MeasuresTraining = MeasuresTraining,
        WorkFolder = work,
        Progress = new TrainingLog(channel, Progress),
    };

    // Loaded once: the transforms hold what they read, and the folder goes.
    private TransformerChain<ITransformer> Steps(FineTunedModel trained, TrainingInput training, TargetRows targets, IDataView input, string work)
    {
        Backbone tuned = TrainedBackbone.Save(Backbone, trained, Path.Combine(work, "backbone"));
        MLContext ml = new();
        ITransformer features = Input.Features(tuned, training.Graph, FeaturesColumn, input);
        _ = features.GetRowToRowMapper(input.Schema); // makes the stock form while the files are there
        List<ITransformer> steps = [features, FeatureVector.Flat(ml, trained.Dimension), Target.Head(trained, targets, FeaturesColumn)];
        DataViewSchema schema = steps.Aggregate(input.Schema, static (current, step) => step.GetOutputSchema(current));
        foreach (IEstimator<ITransformer> renaming in Renamings(ml))
        {
            ITransformer step = renaming.Fit(new EmptyRows(schema));
            schema = step.GetOutputSchema(schema);
            steps.Add(step);
        }

        return new TransformerChain<ITransformer>([.. steps]);
    }

    private IEnumerable<IEstimator<ITransformer>> Renamings(MLContext ml)
    {
        (string From, string To)[] renamed = [.. Target.Outputs.Zip(OutputNames ?? Target.Outputs).Where(static pair => pair.First != pair.Second)];
        foreach ((string from, string to) in renamed)
        {
            yield return ml.Transforms.CopyColumns(to, from);
        }

        if (renamed.Length > 0)
        {
            yield return ml.Transforms.DropColumns([.. renamed.Select(static pair => pair.From)]);
        }
    }

    private string WorkFolder()
    {
        if (WorkspacePath is null)
        {
            return Directory.CreateTempSubdirectory("mltransfer-fine-tuning-").FullName;
        }

        string folder = Path.Combine(WorkspacePath, $"mltransfer-fine-tuning-{Guid.NewGuid():N}");
        return Directory.CreateDirectory(folder).FullName;
    }
}

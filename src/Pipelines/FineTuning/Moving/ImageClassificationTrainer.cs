using System.Diagnostics.CodeAnalysis;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Rates;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.FineTuning.Training.Schedules;
using MLTransfer.FineTuning.Training.Stopping;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.FineTuning.Inputs;
using MLTransfer.Pipelines.FineTuning.Targets;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>
/// Classifies images by a linear classifier on the features of a backbone that stays as it is, with the names of Microsoft.ML.Vision's trainer. The backbone
/// runs once over the images. What differs: docs/moving-from-mlnet.md.
/// </summary>
[SuppressMessage("Design", "CA1034", Justification = "Microsoft.ML.Vision has these types nested, and code that moves over names them so.")]
public sealed class ImageClassificationTrainer : IEstimator<ITransformer>
{
    private const string DefaultBackbone = "efficientnet-lite0";

    private readonly Options _options;
    private readonly FineTuningJob _job;

    internal ImageClassificationTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.LabelColumnName, nameof(options));
        ArgumentException.ThrowIfNullOrWhiteSpace(options.FeatureColumnName, nameof(options));
        ArgumentException.ThrowIfNullOrWhiteSpace(options.ScoreColumnName, nameof(options));
        ArgumentException.ThrowIfNullOrWhiteSpace(options.PredictedLabelColumnName, nameof(options));
        if (options is { EarlyStoppingCriteria: not null, ValidationSet: null, ValidationSetFraction: null, TestOnTrainSet: false })
        {
            throw new ArgumentException(
                "EarlyStoppingCriteria needs something to measure: set ValidationSet, ValidationSetFraction or TestOnTrainSet, or EarlyStoppingCriteria to null.", nameof(options));
        }

        _options = options;
        Backbone backbone = options.Backbone ?? Backbone.Load(DefaultBackbone);
        FineTuneOptions training = Training(options);
        _job = new FineTuningJob
        {
            Name = nameof(ImageClassificationTrainer),
            Environment = environment,
            Backbone = backbone,
            Input = new FineTunedImages(backbone, options.FeatureColumnName, null, training.Augmentation, 1),
            Target = new ClassTarget(options.LabelColumnName),
            Options = training,
            OutputNames = [options.ScoreColumnName, options.PredictedLabelColumnName],
            ValidationSet = options.ValidationSet,
            MeasuresTraining = options is { TestOnTrainSet: true, MetricsCallback: not null },
            WorkspacePath = options.WorkspacePath,
        }.Checked();
    }

    /// <summary>What has to improve for the training to go on.</summary>
    public enum EarlyStoppingMetric
    {
        /// <summary>The part of the rows that are right.</summary>
        Accuracy,

        /// <summary>The mean cross-entropy.</summary>
        Loss,
    }

    /// <summary>Trains.</summary>
    /// <param name="input">The training rows: a key column, and a column of paths or images (MLImage).</param>
    /// <exception cref="Models.Errors.UserException">The column holds bytes, an image is broken, or the training does not come to a result.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public ITransformer Fit(IDataView input) => JobOn(input).Fit(input);

    /// <summary>
    /// Tries learning rates, each in one step of the training that <see cref="Fit"/> would do: the same rows, head, batches, loss and optimizer, with a rate that grows from step
    /// to step (Smith 2017, arXiv:1506.01186). What it trains is thrown away; <see cref="Options.MetricsCallback"/> is told of no epoch.
    /// </summary>
    /// <param name="input">The training rows: a key column, and a column of paths or images (MLImage).</param>
    /// <param name="range">Which rates; null: as by default.</param>
    /// <returns>The curve of losses, and a rate to train with. Nothing but the head trains, so that <see cref="LearningRateRange.SuggestedHeadRate"/> is the same.</returns>
    /// <exception cref="Models.Errors.UserException">An option is out of its range, the column holds bytes, an image is broken, or the loss is no number from the beginning.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <example>
    /// <code>
    /// LearningRateRange range = trainer.FindLearningRate(train);
    /// if (range.SuggestedRate is { } rate)
    /// {
    ///     trainer = mlContext.MulticlassClassification.Trainers.ImageClassification(new ImageClassificationTrainer.Options { LearningRate = (float)rate });
    /// }
    /// </code>
    /// </example>
    public LearningRateRange FindLearningRate(IDataView input, LearningRateRangeOptions? range = null) => JobOn(input).FindLearningRate(input, range);

    /// <summary>The schema with the columns of features, scores and predicted label.</summary>
    /// <param name="inputSchema">The schema of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _job.GetOutputSchema(inputSchema);

    private FineTuningJob JobOn(IDataView input)
    {
        bool measuresOnInput = _options is { EarlyStoppingCriteria: not null, ValidationSet: null, ValidationSetFraction: null };
        return _job with
        {
            ValidationSet = measuresOnInput ? input : _job.ValidationSet,
            Progress = _options.MetricsCallback is { } callback ? new MetricsReporter(callback) : null,
        };
    }

    // Gradient descent on the head alone, as the trainer does that has these names.
    private static FineTuneOptions Training(Options options) => new()
    {
        Train = new FreezePlan { Top = 0 },
        Epochs = options.Epoch,
        BatchSize = options.BatchSize,
        LearningRate = options.LearningRate,
        HeadLearningRate = options.LearningRate,
        HeadStart = HeadStart.Random,
        Dropout = 0,
        GradientClipping = 0,
        Optimizer = new OptimizerOptions { Kind = OptimizerKind.Sgd, Momentum = 0, WeightDecay = 0 },
        Schedule = new ScheduleOptions { Kind = ScheduleKind.Constant, WarmUp = 0 },
        EarlyStopping = new EarlyStoppingOptions
        {
            ValidationFraction = options.ValidationSetFraction ?? 0,
            Patience = options.EarlyStoppingCriteria?.Patience ?? 0,
            LeastGain = options.EarlyStoppingCriteria?.MinDelta ?? 0,
            Metric = options.EarlyStoppingCriteria?.Metric == EarlyStoppingMetric.Loss ? ValidationMetric.LogLoss : ValidationMetric.Accuracy,
        },
    };

    /// <summary>When the training ends before its last epoch.</summary>
    /// <param name="minDelta">The least improvement that counts. The default value is 0.01.</param>
    /// <param name="patience">Epochs without one after which the training ends. The default value is 20.</param>
    /// <param name="metric">What has to improve. The default value is the accuracy.</param>
    public sealed class EarlyStopping(float minDelta = 0.01f, int patience = 20, EarlyStoppingMetric metric = EarlyStoppingMetric.Accuracy)
    {
        /// <summary>The least improvement that counts.</summary>
        public float MinDelta { get; init; } = Math.Abs(minDelta);

        /// <summary>Epochs without an improvement after which the training ends.</summary>
        public int Patience { get; init; } = patience;

        /// <summary>What has to improve.</summary>
        public EarlyStoppingMetric Metric { get; } = metric;
    }

    /// <summary>What is learned, from what, and how.</summary>
    public sealed class Options
    {
        /// <summary>Name of the label column, a key. The default value is <c>Label</c>.</summary>
        public string LabelColumnName { get; init; } = "Label";

        /// <summary>Name of the column of paths or images (MLImage). The default value is <c>Features</c>.</summary>
        public string FeatureColumnName { get; init; } = "Features";

        /// <summary>Name of the column of scores that is added. The default value is <c>Score</c>.</summary>
        public string ScoreColumnName { get; init; } = "Score";

        /// <summary>Name of the column of the predicted label that is added, a key. The default value is <c>PredictedLabel</c>.</summary>
        public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

        /// <summary>The backbone, in the place of <c>Arch</c>. The default value is null: <c>efficientnet-lite0</c>.</summary>
        public Backbone? Backbone { get; init; }

        /// <summary>Rows of a batch. The default value is 10.</summary>
        public int BatchSize { get; init; } = 10;

        /// <summary>The most passes over the rows. The default value is 200.</summary>
        public int Epoch { get; init; } = 200;

        /// <summary>The learning rate of gradient descent. The default value is 0.01.</summary>
        public float LearningRate { get; init; } = 0.01f;

        /// <summary>When the training ends early; null: never. The default value is 20 epochs without a gain of 0.01 in accuracy.</summary>
        public EarlyStopping? EarlyStoppingCriteria { get; init; } = new();

        /// <summary>Told of each image of the backbone's pass, and of the metrics of each epoch. The default value is null: nobody.</summary>
        public Action<ImageClassificationMetrics>? MetricsCallback { get; init; }

        /// <summary>
        /// Whether the training rows are measured after each epoch, for <see cref="MetricsCallback"/>, and for <see cref="EarlyStoppingCriteria"/> where there are no
        /// validation rows. The default value is true.
        /// </summary>
        public bool TestOnTrainSet { get; init; } = true;

        /// <summary>Rows that are measured after each epoch. The default value is null: a part of the training rows.</summary>
        public IDataView? ValidationSet { get; init; }

        /// <summary>Part of the training rows that is set aside to validate on, where no validation set is given; null: none. The default value is 0.1.</summary>
        public float? ValidationSetFraction { get; init; } = 0.1f;

        /// <summary>Folder for temporary files. The default value is null: the system's.</summary>
        public string? WorkspacePath { get; init; }
    }

    /// <summary>What <see cref="Options.MetricsCallback"/> is told: one of the two parts.</summary>
    public sealed class ImageClassificationMetrics
    {
        /// <summary>Which rows were measured.</summary>
        public enum Dataset
        {
            /// <summary>The training rows.</summary>
            Train,

            /// <summary>The validation rows.</summary>
            Validation,
        }

        /// <summary>Metrics of an epoch; null while the backbone runs.</summary>
        public TrainMetrics? Train { get; init; }

        /// <summary>How far the backbone's pass is; null while the head is trained.</summary>
        public BottleneckMetrics? Bottleneck { get; init; }

        /// <inheritdoc/>
        public override string ToString() => Train?.ToString() ?? Bottleneck?.ToString() ?? "";
    }

    /// <summary>Metrics of an epoch.</summary>
    public sealed class TrainMetrics
    {
        /// <summary>Which rows were measured.</summary>
        public ImageClassificationMetrics.Dataset DatasetUsed { get; init; }

        /// <summary>The epoch, from 0.</summary>
        public int Epoch { get; init; }

        /// <summary>The part of the rows that are right.</summary>
        public float Accuracy { get; init; }

        /// <summary>The mean cross-entropy.</summary>
        public float CrossEntropy { get; init; }

        /// <summary>The learning rate of the epoch's last step.</summary>
        public float LearningRate { get; init; }

        /// <inheritdoc/>
        public override string ToString() => string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{DatasetUsed} epoch {Epoch}: accuracy {Accuracy:0.0000}, cross-entropy {CrossEntropy:0.0000}, rate {LearningRate:g3}");
    }

    /// <summary>How far the backbone's pass over the images is.</summary>
    public sealed class BottleneckMetrics
    {
        /// <summary>The image, from 0; those of the validation rows follow those of the training rows.</summary>
        public int Index { get; init; }

        /// <inheritdoc/>
        public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"image {Index}: features computed");
    }
}

using System.ComponentModel.DataAnnotations;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Training.Checkpoints;
using MLTransfer.FineTuning.Training.Losses;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.FineTuning.Training.Schedules;
using MLTransfer.FineTuning.Training.Stopping;

namespace MLTransfer.FineTuning;

/// <summary>How a backbone is trained together with its head.</summary>
public record FineTuneOptions
{
    // A training of fewer steps than these is a small one.
    private const int FewSteps = 200;
    private const double FactorOfFewSteps = 0.1;

    // hidden_dropout_prob of BERT, RoBERTa and DistilBERT.
    private const double ResidualDropoutOfTexts = 0.1;

    private readonly double? _learningRate;
    private readonly double? _headLearningRate;

    /// <summary>Which weights of the backbone train. The default value is all of them.</summary>
    public FreezePlan Train { get; init; } = new();

    /// <summary>How often each row is seen. The default value is 3.</summary>
    [Range(1, 100_000, ErrorMessage = "must be from 1 to 100000.")]
    public int Epochs { get; init; } = 3;

    /// <summary>Rows of a step. The default value is 32. With fewer rows than that a step has them all.</summary>
    [Range(1, 65536, ErrorMessage = "must be from 1 to 65536 rows.")]
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// For texts, how many batches are filled together with rows in the order of their length, so that those of a batch have similar lengths and little padding. The fewer, the better
    /// batches are mixed, and the longer an epoch takes; 1 mixes all. The default value is 16.
    /// </summary>
    [Range(1, 1_000_000, ErrorMessage = "must be from 1 to 1000000 batches.")]
    public int BatchesSortedTogether { get; init; } = 16;

    /// <summary>How many batches make one step, for large steps in little memory. The default value is 1.</summary>
    [Range(1, 4096, ErrorMessage = "must be from 1 to 4096.")]
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>
    /// The peak of the learning rate of the backbone. The default value is 1e-4 where all weights train, 3e-4 for the top blocks, and 1e-3 for low-rank adapters, which
    /// begin with nothing. Where the training has fewer than 200 steps, a tenth of the first two, so that a small data set does not spoil the backbone; not so for
    /// sentence pairs.
    /// </summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true, ErrorMessage = "must be above 0 and at most 10.")]
    public double LearningRate
    {
        get => _learningRate ?? Train switch { { Lora: not null } => 1e-3, { Top: not null } => 3e-4, _ => 1e-4 };
        init => _learningRate = value;
    }

    /// <summary>The weights that the head begins with. The default value is <see cref="HeadStart.Automatic"/>.</summary>
    public HeadStart HeadStart { get; init; } = HeadStart.Automatic;

    /// <summary>The peak of the learning rate of the head. The default value is 1e-3, and 1e-4 where the training has fewer than 200 steps and is not on sentence pairs.</summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true, ErrorMessage = "must be above 0 and at most 10.")]
    public double HeadLearningRate
    {
        get => _headLearningRate ?? 1e-3;
        init => _headLearningRate = value;
    }

    /// <summary>Part of the features that the head does not see in a step. The default value is 0.1.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double Dropout { get; init; } = 0.1;

    /// <summary>
    /// Part of what each residual branch with a weight adds, as attention and feed-forward layers do, that is left out in a step; the rest is scaled up (Srivastava et al. 2014). It takes
    /// the place of the dropout that a transformer was pretrained with, which exported files no longer have. The default value is 0.1 for texts and 0 for images.
    /// </summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double? ResidualDropout { get; init; }

    /// <summary>The optimizer.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>How the learning rates change.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>The loss.</summary>
    public LossOptions Loss { get; init; } = new();

    /// <summary>The largest norm of all gradients together; larger ones are scaled down. The default value is 1; 0 turns clipping off.</summary>
    [Range(0.0, 1e9, ErrorMessage = "must be 0 or larger.")]
    public double GradientClipping { get; init; } = 1;

    /// <summary>Whether rows are drawn so that each class comes equally often, with replacement. The default value is false.</summary>
    public bool BalanceSampling { get; init; }

    /// <summary>The decay of an exponential average of the weights, which is then measured and kept. The default value is 0: no average.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double MovingAverage { get; init; }

    /// <summary>Of how many of the last epochs the weights are averaged. The default value is 0: the weights of the last, or best, epoch are kept.</summary>
    [Range(0, 1000, ErrorMessage = "must be from 0 to 1000 epochs.")]
    public int AverageEpochs { get; init; }

    /// <summary>When the training ends early, and which weights are kept, by a validation metric.</summary>
    public EarlyStoppingOptions EarlyStopping { get; init; } = new();

    /// <summary>When the state of the training is written, to go on from.</summary>
    public CheckpointOptions Checkpoint { get; init; } = new();

    /// <summary>What is kept of the frozen part of the backbone, and how exactly.</summary>
    public Freezing.Prefix.PrefixOptions Prefix { get; init; } = new();

    /// <summary>How training images are changed from epoch to epoch; texts stay as they are.</summary>
    public Images.ImageAugmentation Augmentation { get; init; } = new();

    /// <summary>
    /// Whether matrix products and convolutions compute in bfloat16; weights stay in float32. The default value is false. Faster on processors and GPUs
    /// with bfloat16 units.
    /// </summary>
    public bool Bfloat16 { get; init; }

    /// <summary>The options with every default that depends on the training rows in force.</summary>
    /// <param name="rows">Training rows, those that are set aside for validation among them.</param>
    /// <param name="areTexts">Whether the rows are texts.</param>
    /// <param name="arePairs">Whether they are pairs: a backbone of single texts says little of how two of them relate before it is trained to (docs/fine-tuning.md has the measurement).</param>
    internal FineTuneOptions For(int rows, bool areTexts, bool arePairs = false)
    {
        bool few = !arePairs && (double)Epochs * rows / BatchSize / AccumulationSteps < FewSteps;
        double factor = few ? FactorOfFewSteps : 1;
        return this with
        {
            HeadStart = HeadStart != HeadStart.Automatic ? HeadStart : few ? HeadStart.Fitted : HeadStart.Random,
            LearningRate = _learningRate ?? LearningRate * (Train.Lora is null ? factor : 1),
            HeadLearningRate = _headLearningRate ?? HeadLearningRate * factor,
            ResidualDropout = ResidualDropout ?? (areTexts ? ResidualDropoutOfTexts : 0),
        };
    }
}

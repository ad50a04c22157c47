using System.Diagnostics;
using MLTransfer.FineTuning.Training.Averaging;
using MLTransfer.FineTuning.Training.Checkpoints;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.FineTuning.Training.Schedules;
using MLTransfer.FineTuning.Training.Stopping;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>Trains a network: epochs, batches, steps, validation, checkpoints. The same seed, rows and options give the same weights, also when it was stopped in between.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly ITrainedNetwork _network;
    private readonly LabelledRows _rows;
    private readonly LabelledRows? _validation;
    private readonly FineTuneOptions _options;
    private readonly int _classes;
    private readonly CheckpointFile? _checkpoint;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly Optimizer _optimizer;
    private readonly MovingAverage? _movingAverage;
    private readonly EpochAverage? _epochAverage;
    private readonly WeightCopy? _best;
    private readonly StepGradient _gradient;
    private readonly LossWatch _watch = new();
    private readonly List<EpochMeasure> _measures = [];
    private readonly Stopwatch _sinceCheckpoint = Stopwatch.StartNew();
    private TrainingState _state = new();
    private double _rate;

    /// <param name="network">What is trained.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="validation">The validation rows; null: none.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="seed">The seed of everything that is random.</param>
    /// <param name="checkpoint">Where the state is written; null: nowhere.</param>
    /// <param name="progress">Told of each step.</param>
    public TrainingLoop(
        ITrainedNetwork network, LabelledRows rows, LabelledRows? validation, int classes, FineTuneOptions options, int seed, CheckpointFile? checkpoint, IProgress<TrainingProgress>? progress)
    {
        _network = network;
        _rows = rows;
        _validation = validation;
        _classes = classes;
        _options = options;
        _checkpoint = checkpoint;
        _progress = progress;
        _optimizer = new Optimizer(network.Parameters, options.Optimizer);
        _movingAverage = options.MovingAverage > 0 ? new MovingAverage(network.Parameters, options.MovingAverage) : null;
        _epochAverage = options.AverageEpochs > 0 ? new EpochAverage(network.Parameters) : null;
        _best = validation is not null && options.EarlyStopping.RestoreBest && options.AverageEpochs == 0 ? new WeightCopy(network.Parameters) : null;
        _gradient = new StepGradient(network, rows, classes, options, seed);
    }

    /// <summary>Whether the training rows are measured after each epoch, too.</summary>
    public bool MeasuresTraining { get; init; }

    /// <summary>Whether the state at the end is written, too.</summary>
    public bool KeepsCheckpoint { get; init; }

    /// <summary>Trains from the beginning, or from the checkpoint.</summary>
    /// <param name="resume">Whether to go on from the checkpoint, where there is one.</param>
    /// <param name="cancellation">Stops the training after a step; a checkpoint is written first.</param>
    /// <exception cref="Models.Errors.UserException">The loss is no number or grows, or the checkpoint does not fit.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public TrainingOutcome Run(bool resume, CancellationToken cancellation)
    {
        if (resume && _checkpoint?.Read(StoredTensors) is { } state)
        {
            Continue(state);
        }

        long steps = Enumerable.Range(0, _options.Epochs).Sum(_ => StepsOf(_gradient.BatchesOf(0).Count));
        bool stopped = _state.Epoch > 0 && EndsEarly();
        while (_state.Epoch < _options.Epochs && !stopped)
        {
            RunEpoch(steps, cancellation);
            stopped = EndEpoch(cancellation);
            SaveIfDue();
        }

        if (KeepsCheckpoint)
        {
            Save();
        }

        int kept = _state.Epoch;
        if (_epochAverage is { Count: > 0 })
        {
            _epochAverage.Apply();
        }
        else if (_best is not null && _state.BestEpoch >= 0)
        {
            _best.Restore();
            kept = _state.BestEpoch + 1;
        }
        else
        {
            _movingAverage?.Apply();
        }

        return new TrainingOutcome(_measures, kept, stopped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _movingAverage?.Dispose();
        _epochAverage?.Dispose();
        _best?.Dispose();
        _gradient.Dispose();
    }

    private void RunEpoch(long steps, CancellationToken cancellation)
    {
        foreach (TrainedParameter parameter in _network.Parameters)
        {
            parameter.Value.requires_grad = parameter.FirstEpoch <= _state.Epoch;
        }

        IReadOnlyList<int[]> batches = _gradient.BatchesOf(_state.Epoch);
        while (_state.Batch < batches.Count)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save();
                cancellation.ThrowIfCancellationRequested();
            }

            int[][] group = [.. batches.Skip(_state.Batch).Take(_options.AccumulationSteps)];
            double loss = Step(group, steps);
            _state = _state with
            {
                Batch = _state.Batch + group.Length,
                Step = _state.Step + 1,
                EpochLoss = _state.EpochLoss + loss,
                EpochSteps = _state.EpochSteps + 1,
            };
            _progress?.Report(Told(steps));
            SaveIfDue();
        }
    }

    private double Step(int[][] group, long steps)
    {
        double loss = _gradient.Compute(group, _state.Epoch, _state.Step);
        _watch.Add(loss, _state.Epoch + 1, _rate);
        _rate = _options.LearningRate * LearningRateSchedule.Factor(_options.Schedule, _state.Step, steps, _state.Plateaus);
        _optimizer.Step(_rate, _options.GradientClipping > 0 ? _options.GradientClipping : null);
        _movingAverage?.Add(_state.Step + 1);
        return loss;
    }

    /// <summary>Measures the epoch that ended, and begins the next one. Returns whether the training ends here.</summary>
    private bool EndEpoch(CancellationToken cancellation)
    {
        double trainingLoss = _state.EpochLoss / Math.Max(1, _state.EpochSteps);
        EpochMeasure measure = new(_state.Epoch + 1, trainingLoss, null, null, null);
        using (_movingAverage?.InPlace())
        {
            if (_validation is not null)
            {
                measure = Evaluation.Measure(_network, _validation, _classes, _options.BatchSize, _state.Epoch + 1, trainingLoss, cancellation);
                Judge(Score(measure));
            }

            if (MeasuresTraining)
            {
                measure = measure with { TrainingAccuracy = Evaluation.Measure(_network, _rows, _classes, _options.BatchSize, _state.Epoch + 1, trainingLoss, cancellation).Accuracy };
            }
        }

        if (_epochAverage is not null && _state.Epoch >= _options.Epochs - _options.AverageEpochs)
        {
            _epochAverage.Add();
        }

        _measures.Add(measure);
        _state = _state with { Epoch = _state.Epoch + 1, Batch = 0, EpochLoss = 0, EpochSteps = 0 };
        _progress?.Report(Told(0) with { Measure = measure, Epoch = _state.Epoch });
        return EndsEarly();
    }

    private void Judge(double score)
    {
        bool better = _state.BestEpoch < 0 || score > _state.BestScore + _options.EarlyStopping.LeastGain;
        if (better)
        {
            _best?.Take();
            _state = _state with { BestEpoch = _state.Epoch, BestScore = score, EpochsOnPlateau = 0 };
            return;
        }

        _state = _state with { EpochsOnPlateau = _state.EpochsOnPlateau + 1 };
        if (_options.Schedule.Kind == ScheduleKind.Plateau && _state.EpochsOnPlateau >= _options.Schedule.PlateauPatience)
        {
            _state = _state with { Plateaus = _state.Plateaus + 1, EpochsOnPlateau = 0 };
        }
    }

    private double Score(EpochMeasure measure) => _options.EarlyStopping.Metric switch
    {
        _ when measure.MeanSquaredError is { } error => -error,
        ValidationMetric.MacroF1 => measure.MacroF1!.Value,
        ValidationMetric.LogLoss => -measure.LogLoss!.Value,
        _ => measure.Accuracy!.Value,
    };

    private bool EndsEarly() =>
        _options.EarlyStopping.Patience > 0 && _state.BestEpoch >= 0 && _state.Epoch - 1 - _state.BestEpoch >= _options.EarlyStopping.Patience;

    private int StepsOf(int batches) => (batches + _options.AccumulationSteps - 1) / _options.AccumulationSteps;

    private TrainingProgress Told(long steps) => new(TrainingStage.Training, _state.Step, steps)
    {
        Epoch = _state.Epoch + 1,
        Epochs = _options.Epochs,
        Loss = _watch.Smoothed,
        LearningRate = _rate,
    };

    private void SaveIfDue()
    {
        if (_options.Checkpoint.Seconds > 0 && _sinceCheckpoint.Elapsed.TotalSeconds >= _options.Checkpoint.Seconds)
        {
            Save();
        }
    }

    private void Save()
    {
        if (_checkpoint is null)
        {
            return;
        }

        try
        {
            TrainingState state = Complete();
            _checkpoint.Write(state, StoredTensors(state));
        }
        catch (IOException exception)
        {
            // The training is worth more than its checkpoint.
            _progress?.Report(Told(0) with { Warning = exception.Message });
        }

        _sinceCheckpoint.Restart();
    }

    private TrainingState Complete() => _state with
    {
        ParameterSteps = _optimizer.Steps,
        SmoothedLoss = _watch.Smoothed,
        FirstLoss = _watch.First,
        AveragedEpochs = _epochAverage?.Count ?? 0,
        Measures = _measures,
    };

    private void Continue(TrainingState state)
    {
        _state = state;
        _optimizer.Steps = state.ParameterSteps;
        _watch.Smoothed = state.SmoothedLoss;
        _watch.First = state.FirstLoss;
        _watch.Steps = state.Step;
        _measures.AddRange(state.Measures);
        if (_epochAverage is not null)
        {
            _epochAverage.Count = state.AveragedEpochs;
        }
    }

    private List<(string Name, Tensor Value)> StoredTensors(TrainingState state)
    {
        List<(string, Tensor)> tensors = [.. _network.Parameters.Select(static parameter => ($"weight.{parameter.Name}", (Tensor)parameter.Value))];
        tensors.AddRange(_optimizer.State);
        tensors.AddRange(_movingAverage?.State ?? []);
        tensors.AddRange(_epochAverage?.State ?? []);
        if (_best is not null && state.BestEpoch >= 0)
        {
            tensors.AddRange(_network.Parameters.Select((parameter, i) => ($"best.{parameter.Name}", _best.Values[i])));
        }

        return tensors;
    }
}

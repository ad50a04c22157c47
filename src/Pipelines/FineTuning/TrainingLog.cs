using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLTransfer.FineTuning.Training.Progress;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>Tells <see cref="MLContext.Log"/> of a training: epochs and their metrics as information, steps as traces, warnings as such.</summary>
/// <param name="channel">Where messages go.</param>
/// <param name="next">Told of everything too; null: nobody.</param>
internal sealed class TrainingLog(IChannel channel, IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
{
    private TrainingStage? _stage;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        Tell(value);
        next?.Report(value);
    }

    private void Tell(TrainingProgress value)
    {
        if (value.Warning is { } warning)
        {
            channel.Warning(MessageSensitivity.None, warning);
        }
        else if (value.Measure is { } measure)
        {
            channel.Info(MessageSensitivity.None, MeasureText.Of(measure));
        }
        else if (value.Stage == TrainingStage.Prefix)
        {
            if (_stage != value.Stage)
            {
                channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"the frozen part runs once over {value.Total} rows"));
            }

            channel.Trace(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"frozen part: {value.Done} of {value.Total} rows"));
        }
        else if (value.Stage != TrainingStage.Training)
        {
            string what = value.Stage switch
            {
                TrainingStage.Head => "features for the head",
                TrainingStage.HeadFit => "fits of the head",
                _ => "learning rates",
            };
            string state = value.Stage != TrainingStage.RangeTest ? "" : string.Create(CultureInfo.InvariantCulture, $": loss {value.Loss:0.0000}, rate {value.LearningRate:0.0e+0}");
            channel.Trace(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"{what}: {value.Done} of {value.Total}{state}"));
        }
        else
        {
            channel.Trace(MessageSensitivity.None, string.Create(
                CultureInfo.InvariantCulture, $"epoch {value.Epoch} of {value.Epochs}, step {value.Done} of {value.Total}: loss {value.Loss:0.0000}, rate {value.LearningRate:0.0e+0}"));
        }

        _stage = value.Stage;
    }
}

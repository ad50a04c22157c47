using MLTransfer.FineTuning.Training.Progress;
using Metrics = MLTransfer.Pipelines.FineTuning.ImageClassificationTrainer.ImageClassificationMetrics;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>Progress in the words of Microsoft.ML.Vision's callback.</summary>
/// <param name="callback">The callback.</param>
internal sealed class MetricsReporter(Action<Metrics> callback) : IProgress<TrainingProgress>
{
    private int _images;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.Stage == TrainingStage.Prefix)
        {
            for (; _images < value.Done; _images++)
            {
                callback(new Metrics { Bottleneck = new ImageClassificationTrainer.BottleneckMetrics { Index = _images } });
            }
        }
        else if (value.Measure is { } measure)
        {
            Tell(Metrics.Dataset.Train, measure.TrainingAccuracy, measure.TrainingLoss);
            Tell(Metrics.Dataset.Validation, measure.Accuracy, measure.LogLoss ?? 0);
        }

        void Tell(Metrics.Dataset rows, double? accuracy, double crossEntropy)
        {
            if (accuracy is { } right)
            {
                callback(new Metrics
                {
                    Train = new ImageClassificationTrainer.TrainMetrics
                    {
                        DatasetUsed = rows,
                        Epoch = value.Measure!.Epoch - 1,
                        Accuracy = (float)right,
                        CrossEntropy = (float)crossEntropy,
                        LearningRate = (float)value.LearningRate,
                    },
                });
            }
        }
    }
}

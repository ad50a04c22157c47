using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Evaluation;

/// <summary>Reads one score for each class, also from the single score of a binary trainer.</summary>
internal sealed class ScoreReader
{
    private readonly Action<float[]> _read;
    private readonly float[] _scores;

    private ScoreReader(int classes, Action<float[]> read)
    {
        _scores = new float[classes];
        _read = read;
    }

    /// <summary>A reader of the cursor's current row.</summary>
    /// <param name="row">The row; the columns are active.</param>
    /// <param name="score">A vector with one number a class, or a single number.</param>
    /// <param name="probability">With a single number: the probability of the second class, where there is one.</param>
    /// <param name="classes">The number of classes.</param>
    public static ScoreReader Create(DataViewRow row, DataViewSchema.Column score, DataViewSchema.Column? probability, int classes)
    {
        if (score.Type is VectorDataViewType { ItemType: NumberDataViewType } vector && vector.Size == classes)
        {
            ValueGetter<VBuffer<float>> get = row.GetGetter<VBuffer<float>>(score);
            VBuffer<float> buffer = default;
            return new ScoreReader(classes, scores =>
            {
                get(ref buffer);
                buffer.CopyTo(scores);
            });
        }
        if (score.Type is not NumberDataViewType || classes != 2)
            throw new ArgumentException($"Column '{score.Name}' holds {score.Type}; expected one number for each of {classes} classes.");
        ValueGetter<float> getOne = row.GetGetter<float>(probability ?? score);
        bool isProbability = probability is not null;
        return new ScoreReader(classes, scores =>
        {
            getOne(ref scores[1]);
            scores[0] = isProbability ? 1 - scores[1] : -scores[1];
        });
    }

    /// <summary>The scores of the current row; valid until the next call.</summary>
    public ReadOnlySpan<float> Read()
    {
        _read(_scores);
        return _scores;
    }
}

using Microsoft.ML;
using MLTransfer.FineTuning;

namespace MLTransfer.Pipelines.FineTuning.Targets;

/// <summary>What a trainer of the catalog learns: classes or numbers.</summary>
internal interface IFineTuningTarget
{
    /// <summary>Columns that the head adds, by the names that ML.NET's trainers give them.</summary>
    IReadOnlyList<string> Outputs { get; }

    /// <summary>Checks the label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type.</exception>
    void Check(DataViewSchema schema);

    /// <summary>Reads the labels of the training rows.</summary>
    TargetRows Read(IDataView rows);

    /// <summary>Reads the labels of other rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="training">The training rows.</param>
    TargetRows Read(IDataView rows, TargetRows training);

    /// <summary>The trained head as one of ML.NET's own transformers.</summary>
    ITransformer Head(FineTunedModel trained, TargetRows training, string featureColumn);

    /// <summary>The schema with the head's columns.</summary>
    /// <param name="features">The schema with the feature column.</param>
    /// <param name="featureColumn">Its name.</param>
    SchemaShape Shape(SchemaShape features, string featureColumn);
}

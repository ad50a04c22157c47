using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.FineTuning.Inputs;

/// <summary>What a trainer of the catalog reads: texts or images.</summary>
internal interface IFineTuningInput
{
    /// <summary>The columns that are read, and their types.</summary>
    IReadOnlyList<(string Name, DataViewType Type)> Columns(SchemaShape schema);

    /// <summary>Reads rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="training">The graph of the training rows, for others that must be read as they were; null: these are the training rows.</param>
    /// <param name="workFolder">An existing folder for temporary files.</param>
    /// <param name="cancellation">Stops the reading.</param>
    TrainingInput Read(IDataView rows, FeatureGraph? training, string workFolder, CancellationToken cancellation);

    /// <summary>The transform to the features of the trained backbone.</summary>
    /// <param name="tuned">The trained backbone.</param>
    /// <param name="training">The graph of the training rows.</param>
    /// <param name="output">The name of the feature column.</param>
    /// <param name="rows">Rows of the data.</param>
    ITransformer Features(Backbone tuned, FeatureGraph training, string output, IDataView rows);
}

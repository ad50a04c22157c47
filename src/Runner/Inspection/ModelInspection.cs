using System.Text.Json.Nodes;
using Microsoft.ML;
using MLTransfer.Models.Errors;

namespace MLTransfer.Runner.Inspection;

/// <summary>Describes a saved ML.NET model.</summary>
internal static class ModelInspection
{
    /// <summary>The columns that the model reads and makes, and its transforms.</summary>
    /// <exception cref="UserException">The file is no ML.NET model.</exception>
    public static JsonObject Describe(string path)
    {
        ITransformer model = Load(path, out DataViewSchema input);
        return new JsonObject
        {
            ["kind"] = "ML.NET model",
            ["path"] = path,
            ["fileBytes"] = new FileInfo(path).Length,
            ["inputs"] = Columns(input),
            ["transforms"] = new JsonArray([.. Transforms(model).Select(static transformer => (JsonNode?)transformer.GetType().Name)]),
            ["outputs"] = Columns(model.GetOutputSchema(input), input),
        };
    }

    private static ITransformer Load(string path, out DataViewSchema input)
    {
        try
        {
            return new MLContext().Model.Load(path, out input);
        }
        catch (Exception error) when (error is InvalidDataException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new UserException($"{path} is no ML.NET model: {error.Message} Expected a .zip that mlContext.Model.Save wrote.", error);
        }
    }

    private static IEnumerable<ITransformer> Transforms(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Transforms) : [model];

    private static JsonArray Columns(DataViewSchema schema, DataViewSchema? without = null) => new([.. schema
        .Where(column => !column.IsHidden && without?.GetColumnOrNull(column.Name) is null)
        .Select(static column => new JsonObject { ["name"] = column.Name, ["type"] = column.Type.ToString() })]);
}

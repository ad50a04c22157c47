using System.Text.Json;
using System.Text.Json.Nodes;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Json;

namespace MLTransfer.Runner.Inspection;

/// <summary>Describes a backbone: its card, and its graph where the file is there.</summary>
internal static class BackboneInspection
{
    /// <summary>Card and graph of a backbone of the catalog, a folder or a card.</summary>
    /// <exception cref="Models.Errors.UserException">There is no such backbone.</exception>
    public static JsonObject Describe(string nameOrPath, bool listParameters)
    {
        Backbone backbone = BackboneCatalog.Find(nameOrPath, new BackboneOptions());
        bool isInstalled = BackboneCatalog.IsInstalled(backbone);
        JsonObject report = new()
        {
            ["kind"] = "backbone",
            ["folder"] = backbone.Directory,
            ["installed"] = isInstalled,
            ["card"] = JsonSerializer.SerializeToNode(backbone.Card, StrictJson.Options),
        };
        if (isInstalled)
            report["graph"] = GraphInspection.Describe(backbone.ModelPath, listParameters);
        return report;
    }
}

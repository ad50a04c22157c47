using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>The environment behind a catalog of trainers: where <see cref="MLContext.Log"/> hears from.</summary>
/// <remarks>ML.NET's own trainers reach it by an internal property; there is no public way to it from a catalog.</remarks>
internal static class CatalogEnvironment
{
    /// <summary>The environment of a catalog.</summary>
    public static IHostEnvironment Of(TrainCatalogBase.CatalogInstantiatorBase catalog) => EnvironmentOf(OwnerOf(catalog));

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Owner")]
    private static extern TrainCatalogBase OwnerOf(TrainCatalogBase.CatalogInstantiatorBase catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Environment")]
    private static extern IHostEnvironment EnvironmentOf(TrainCatalogBase catalog);
}

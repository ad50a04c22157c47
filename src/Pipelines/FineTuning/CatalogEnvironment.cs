using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>The environment behind a catalog of trainers: where <see cref="MLContext.Log"/> hears from, and which GPU was chosen.</summary>
/// <remarks>ML.NET's own trainers reach it by an internal property; there is no public way to it from a catalog.</remarks>
internal static class CatalogEnvironment
{
    // An interface that is not public; what MLContext hands to its catalogs has it.
    private const string ContextEnvironment = "Microsoft.ML.Runtime.IHostEnvironmentInternal, Microsoft.ML.Core";

    /// <summary>The environment of a catalog.</summary>
    public static IHostEnvironment Of(TrainCatalogBase.CatalogInstantiatorBase catalog) => EnvironmentOf(OwnerOf(catalog));

    /// <summary>Where to compute: on the GPU of <see cref="MLContext.GpuDeviceId"/>, or on the processor.</summary>
    public static InferenceOptions InferenceOf(IHostEnvironment environment) => GpuDeviceIdOf(environment) is { } device
        ? new InferenceOptions { Provider = ExecutionProvider.Cuda, DeviceId = device, AllowFallback = FallbackToCpuOf(environment) }
        : new InferenceOptions();

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Owner")]
    private static extern TrainCatalogBase OwnerOf(TrainCatalogBase.CatalogInstantiatorBase catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Environment")]
    private static extern IHostEnvironment EnvironmentOf(TrainCatalogBase catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_GpuDeviceId")]
    private static extern int? GpuDeviceIdOf([UnsafeAccessorType(ContextEnvironment)] object environment);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_FallbackToCpu")]
    private static extern bool FallbackToCpuOf([UnsafeAccessorType(ContextEnvironment)] object environment);
}

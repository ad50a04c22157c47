namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>RandAugment (Cubuk et al. 2020, arXiv:1909.13719), with the fourteen operations and strengths of torchvision.</summary>
internal static class RandAugment
{
    private const double Strongest = 30;

    // The paper's 150 pixels belong to pictures of 331.
    private const double MostTranslation = 150.0 / 331;
    private const double MostShear = 0.3;
    private const double MostDegrees = 30;
    private const double MostFactor = 0.9;
    private const double MostBits = 4;

    /// <summary>The operations; those with a direction are told a signed strength from -1 to 1, the others one from 0 to 1.</summary>
    internal static IReadOnlyList<(string Name, bool HasDirection, Action<Picture, double> Apply)> Operations { get; } =
    [
        ("identity", false, static (_, _) => { }),
        ("shearX", true, static (picture, strength) => Warp.Apply(picture, AffineMap.ShearX(MostShear * strength))),
        ("shearY", true, static (picture, strength) => Warp.Apply(picture, AffineMap.ShearY(MostShear * strength))),
        ("translateX", true, static (picture, strength) => Warp.Apply(picture, AffineMap.Translation(Math.Truncate(MostTranslation * picture.Width * strength), 0))),
        ("translateY", true, static (picture, strength) => Warp.Apply(picture, AffineMap.Translation(0, Math.Truncate(MostTranslation * picture.Height * strength)))),
        ("rotate", true, static (picture, strength) => Warp.Apply(picture, AffineMap.Rotation(MostDegrees * strength, picture.Height, picture.Width))),
        ("brightness", true, static (picture, strength) => ColorOperations.Brightness(picture, Factor(strength))),
        ("color", true, static (picture, strength) => ColorOperations.Saturation(picture, Factor(strength))),
        ("contrast", true, static (picture, strength) => ColorOperations.Contrast(picture, Factor(strength))),
        ("sharpness", true, static (picture, strength) => ColorOperations.Sharpness(picture, Factor(strength))),
        ("posterize", false, static (picture, strength) => ColorOperations.Posterize(picture, 8 - (int)Math.Round(MostBits * strength))),
        ("solarize", false, static (picture, strength) => ColorOperations.Solarize(picture, (float)(Picture.White * (1 - strength)))),
        ("autoContrast", false, static (picture, _) => ColorOperations.AutoContrast(picture)),
        ("equalize", false, static (picture, _) => ColorOperations.Equalize(picture)),
    ];

    /// <summary>Changes a picture.</summary>
    public static void Apply(Picture picture, RandAugmentOptions options, Random random)
    {
        double strength = options.Magnitude / Strongest;
        for (int i = 0; i < options.Operations; i++)
        {
            (_, bool hasDirection, Action<Picture, double> apply) = Operations[random.Next(Operations.Count)];
            apply(picture, hasDirection && random.Next(2) == 1 ? -strength : strength);
        }
    }

    private static float Factor(double strength) => (float)(1 + (MostFactor * strength));
}

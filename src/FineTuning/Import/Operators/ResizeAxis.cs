using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Interpolation along one axis as the specification of Resize defines it. The interpolation of a tensor is one of each axis after the other.</summary>
/// <param name="Mode">nearest, linear or cubic.</param>
/// <param name="Coordinates">How a place in the output is mapped to the input.</param>
/// <param name="NearestMode">How nearest rounds.</param>
/// <param name="CubicCoefficient">Coefficient a of the cubic kernel (Keys, 1981).</param>
/// <param name="ExcludeOutside">Whether places outside the input have no weight, instead of the value at the edge.</param>
/// <param name="Antialias">Whether the kernel widens when the size shrinks.</param>
internal sealed record ResizeAxis(string Mode, string Coordinates, string NearestMode, double CubicCoefficient, bool ExcludeOutside, bool Antialias)
{
    /// <summary>Interpolates along an axis.</summary>
    public torch.Tensor Apply(torch.Tensor x, int axis, long size, double scale, (double Start, double End) region, double outside)
    {
        long from = x.shape[axis];
        if (size == from && Math.Abs(scale - 1) < 1e-9 && (Coordinates != "tf_crop_and_resize" || region == (0, 1)))
        {
            return x;
        }

        double[] places = new double[size];
        for (int i = 0; i < size; i++)
        {
            places[i] = Place(i, from, size, scale, region);
        }

        torch.Tensor result = Mode == "nearest"
            ? x.index_select(axis, torch.tensor([.. places.Select(place => Nearest(place, from))], device: x.device))
            : Weigh(x, axis, size, places, scale);
        if (Coordinates != "tf_crop_and_resize" || places.All(place => place >= 0 && place <= from - 1))
        {
            return result;
        }

        long[] view = new long[x.dim()];
        Array.Fill(view, 1);
        view[axis] = size;
        bool[] beyond = [.. places.Select(place => place < 0 || place > from - 1)];
        return result.MaskedFill(torch.tensor(beyond, device: x.device).reshape(view), outside);
    }

    private double Place(int i, long from, long size, double scale, (double Start, double End) region)
    {
        double exact = scale * from;
        switch (Coordinates)
        {
            case "align_corners":
                return exact == 1 ? 0 : i * (from - 1) / (exact - 1);
            case "asymmetric":
                return i / scale;
            case "tf_crop_and_resize":
                double width = (region.End - region.Start) * (from - 1);
                return (region.Start * (from - 1)) + (exact == 1 ? width / 2 : i * width / (exact - 1));
            case "pytorch_half_pixel":
                return exact == 1 ? -0.5 : ((i + 0.5) / scale) - 0.5;
            case "half_pixel_symmetric":
                return (from / 2.0 * (1 - (size / exact))) + ((i + 0.5) / scale) - 0.5;
            case "tf_half_pixel_for_nn":
                return (i + 0.5) / scale;
            default:
                return ((i + 0.5) / scale) - 0.5;
        }
    }

    private long Nearest(double place, long from)
    {
        double floor = Math.Floor(place);
        double ratio = place - floor;
        bool up = ratio > 0 && NearestMode switch
        {
            "floor" => false,
            "ceil" => true,
            "round_prefer_ceil" => ratio >= 0.5,
            _ => ratio > 0.5,
        };
        return Math.Clamp((long)floor + (up ? 1 : 0), 0, from - 1);
    }

    /// <summary>A product with a matrix [size, from] of weights, most of which are zero.</summary>
    private torch.Tensor Weigh(torch.Tensor x, int axis, long size, double[] places, double scale)
    {
        int from = (int)x.shape[axis];
        double shrink = Antialias ? Math.Min(scale, 1) : 1;
        double reach = (Mode == "linear" ? 1 : 2) / shrink;
        double[] weights = new double[size * from];
        for (int i = 0; i < size; i++)
        {
            Span<double> row = weights.AsSpan(i * from, from);
            double sum = 0;
            for (int k = (int)Math.Floor(places[i] - reach); k <= Math.Ceiling(places[i] + reach); k++)
            {
                double weight = Kernel((k - places[i]) * shrink);
                if (weight == 0 || (ExcludeOutside && (k < 0 || k >= from)))
                {
                    continue;
                }

                row[Math.Clamp(k, 0, from - 1)] += weight;
                sum += weight;
            }

            for (int k = 0; k < from && sum != 0; k++)
            {
                row[k] /= sum;
            }
        }

        torch.Tensor matrix = torch.tensor(weights, [size, from], x.dtype, x.device);
        return axis == x.dim() - 1
            ? MatrixProduct.Of(x, matrix.t())
            : MatrixProduct.Of(matrix, x.transpose(axis, -2)).transpose(axis, -2);
    }

    private double Kernel(double distance)
    {
        double d = Math.Abs(distance);
        double a = CubicCoefficient;
        return Mode == "linear"
            ? Math.Max(0, 1 - d)
            : d <= 1
                ? ((((a + 2) * d) - (a + 3)) * d * d) + 1
                : d < 2 ? (((((a * d) - (5 * a)) * d) + (8 * a)) * d) - (4 * a) : 0;
    }
}

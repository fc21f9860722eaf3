/** The page of one parcel is plain HTML; all it needs from here is how it looks. */
import "./parcel.css";
